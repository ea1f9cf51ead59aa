"""Rows of film reviews and their phrases from the contest's file, split by sentence.

    PhraseId    SentenceId    Phrase             Sentiment
    157         5             a joyless mess     0

Reads and checks the file of Kaggle's "Sentiment Analysis on Movie Reviews" as it is: tabs between
columns, quotes like any other character, phrases of one mark or one space. It trains nothing.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from ..core import normalise
from ..errors import InputError
from .formats import UNQUOTED
from .labelled import fixed_table, usable_rows, with_file
from .records import Record
from .rows import Dataset, Rows
from .tables import Table

COLUMNS = {
    "id": "PhraseId",
    "text": "Phrase",
    "label": "Sentiment",
}
SENTENCE = "SentenceId"
LABELS = ["negative", "somewhat negative", "neutral", "somewhat positive", "positive"]
BY_NUMBER = dict(zip("01234", LABELS, strict=True))  # as the file has them
HELD_OUT_SHARE = 0.2  # of the sentences: half to validate, half to test
SPLIT_SEED = 0  # fixed, so that runs of different seeds compare on the same rows
WHERE_FROM = (
    "train.tsv of https://www.kaggle.com/c/sentiment-analysis-on-movie-reviews/data, plain or "
    "gzipped (it takes a free account there)"
)


def read_reviews(path: str | Path) -> Dataset:
    """Read the contest's train.tsv, plain or gzipped; raise InputError if it is invalid.

    The file is split by sentence, never by phrase, since the phrases of a sentence overlap: 80% of
    the sentences to train, 10% to validate and 10% to test. A phrase to train on that is also a
    phrase of one of the others is left out. Of each sentence the longest phrase is the whole.
    """
    from sklearn.model_selection import train_test_split  # here: it takes a second

    path = Path(path)
    if not path.is_file():
        raise InputError(f"No file {path}: give --data the contest's {WHERE_FROM}.")
    rows, sentences, table = read_rows(path)
    numbers = sorted(set(sentences))
    if len(numbers) < 10:
        raise InputError(
            f"{path} has {len(numbers)} sentences: at least 10 are needed."
        )
    split = partial(train_test_split, random_state=SPLIT_SEED)
    to_train, others = split(numbers, test_size=HELD_OUT_SHARE)
    to_validate, to_test = split(sorted(others), test_size=0.5)

    def of_sentences(numbers: list[int]) -> Rows:
        wanted = set(numbers)
        places = [i for i, number in enumerate(sentences) if number in wanted]
        return rows.take(places)

    dataset = Dataset(
        train=of_sentences(to_train),
        validation=of_sentences(to_validate),
        test=of_sentences(to_test),
        labels=LABELS,
        files=with_file({}, table, len(rows)),
        columns=COLUMNS,
        key=normalise,
    )
    return replace(dataset, train=dataset.unseen(dataset.train))


def read_rows(path: Path) -> tuple[Rows, list[int], Table]:
    """Return all rows of a file in the contest's form, the sentence of each, and the table.

    Raises InputError if it is invalid.
    """
    table = fixed_table(path, UNQUOTED, True)
    headings = [*COLUMNS.values(), SENTENCE]
    places = [table.column_index(heading) for heading in headings]

    def parse(record: Record) -> tuple[int, int, str, str]:
        row_id, text, number, sentence = (record.fields[i] for i in places)
        label = BY_NUMBER.get(number)
        if label is None:
            raise InputError(
                f"Sentiment is {number[:20]!r}, not a whole number from 0 to 4."
            )
        try:
            numbers = int(row_id), int(sentence)
        except ValueError:
            raise InputError("PhraseId and SentenceId must be whole numbers.") from None
        return *numbers, text, label

    rows, _ = usable_rows(table, parse)
    ids, sentences, texts, labels = map(list, zip(*rows, strict=True))
    return Rows(texts, labels, ids, _longest(texts, sentences)), sentences, table


def _longest(texts: list[str], sentences: list[int]) -> list[bool]:
    """Return which texts are the longest of their sentence; ties go to the first."""
    longest: dict[int, int] = {}  # index of the text of each sentence
    for i, sentence in enumerate(sentences):
        best = longest.setdefault(sentence, i)
        if len(texts[i]) > len(texts[best]):
            longest[sentence] = i
    wholes = set(longest.values())
    return [i in wholes for i in range(len(texts))]
