"""Film reviews, end to end: the contest's file in, a model folder and predictions out.

The rows of tests/data/reviews.tsv are our own, in the contest's form.
"""

import csv
import gzip
import json

import pytest
import torch
from conftest import REVIEW_ROWS, run_here

from model import TextClassifier
from model.__main__ import main
from model.commands import train
from model.data.reviews import LABELS, read_reviews
from model.data.teaching import save_vectors
from model.data.texts import match_key
from model.errors import InputError
from model.tasks.recipe import Recipe
from model.training.build import build

HEADER = "PhraseId\tSentenceId\tPhrase\tSentiment\n"
SMALL = ("--epochs", "2", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The model that train.py makes of them."""
    folder = tmp_path_factory.mktemp("reviews") / "m"
    done = run_here(
        train.main,
        "--task",
        "reviews",
        "--data",
        REVIEW_ROWS,
        "--output",
        folder,
        *SMALL,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def contest_rows():
    """Number of a row -> sentence number, phrase and sentiment, as the file has them."""
    _, *lines = REVIEW_ROWS.read_text(encoding="utf-8").splitlines()
    return {int(number): rest for number, *rest in (line.split("\t") for line in lines)}


def parts(reviews):
    return reviews.train, reviews.validation, reviews.test


def held_out_keys(reviews):
    return set(map(match_key, reviews.validation.texts + reviews.test.texts))


def test_all_rows_of_the_file_are_counted(reviews, contest_rows):
    assert reviews.files["reviews.tsv"]["rows"] == len(contest_rows)
    assert reviews.labels == LABELS


def test_a_sentence_s_rows_are_on_one_side(reviews, contest_rows):
    sides = [
        {contest_rows[number][0] for number in part.ids} for part in parts(reviews)
    ]
    assert all(sides)
    sentences = {sentence for sentence, *_ in contest_rows.values()}
    assert sum(map(len, sides)) == len(sentences)


def test_no_phrase_that_is_held_out_is_trained_on(reviews):
    train = set(map(match_key, reviews.train.texts))
    assert held_out_keys(reviews).isdisjoint(train)


def test_every_other_row_is_read_as_it_stands(reviews, contest_rows):
    read = {}
    for part in parts(reviews):
        for text, label, number in zip(part.texts, part.labels, part.ids, strict=True):
            sentence = contest_rows[number][0]
            read[number] = [sentence, text, str(LABELS.index(label))]
    held_out = held_out_keys(reviews)
    assert read == {
        number: row
        for number, row in contest_rows.items()
        if number in read or match_key(row[1]) not in held_out
    }


def test_whole_sentences_are_marked(reviews):
    wholes = [
        text
        for part in parts(reviews)
        for text, is_whole in zip(part.texts, part.wholes, strict=True)
        if is_whole
    ]
    assert len(wholes) == 12
    assert all(text.endswith(".") and len(text) > 20 for text in wholes)


def test_gzip_with_the_line_ends_of_windows_changes_nothing(reviews, tmp_path):
    path = tmp_path / "train.tsv.gz"
    path.write_bytes(gzip.compress(REVIEW_ROWS.read_bytes().replace(b"\n", b"\r\n")))
    assert read_reviews(path).train == reviews.train


ROW = "7\t1\tgood\t3\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is empty"),
        (HEADER, "no rows"),
        (HEADER.replace("\tSentiment", "") + "7\t1\tgood\n", "no column 'Sentiment'"),
        (HEADER.replace("\t", ","), "no column 'PhraseId'"),
        (HEADER + ROW + "8\t1\tbad\t5\n", "line 3: Sentiment is '5'"),
        (HEADER + ROW + "8\t1\tbad\t1.0\n", "line 3: Sentiment is '1.0'"),
        (HEADER + ROW + "8\t1\tbad\n", "line 3: 3 columns, and the first line has 4"),
        (HEADER + ROW + "\n" + ROW, "line 3: the line is empty"),
        (HEADER + ROW + "eight\t1\tbad\t0\n", "line 3: PhraseId and SentenceId"),
        (HEADER + ROW, "1 sentences: at least 10"),
        ((HEADER + ROW + "8\t1\tgrün\t3\n").encode("latin-1"), "line 3: not UTF-8"),
        (HEADER.encode("utf-16"), "no column"),
        (
            gzip.compress(HEADER.encode() + ROW.encode() * 999, mtime=0)[:-12],
            "not a complete gzip",
        ),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content, complaint):
    path = tmp_path / "train.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=r"^[^\n]*train\.tsv[^\n]*$") as refusal:
        read_reviews(path)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("options", [(), ("--data", "nowhere.tsv")])
def test_without_data_it_says_where_they_come_from(options):
    done = run_here(train.main, "--task", "reviews", *options)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "kaggle.com" in done.stderr


def test_the_model_folder_has_no_phrase_of_the_contest(folder):
    assert "training_texts.json.gz" not in [path.name for path in folder.iterdir()]
    phrases = [line.split("\t")[2] for line in REVIEW_ROWS.read_text().splitlines()[1:]]
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    long = [phrase for phrase in phrases if len(phrase.split()) > 2]
    assert not [phrase for phrase in long if phrase.encode() in content]


@pytest.fixture(scope="module")
def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


def test_errors_are_the_contest_s_own_row_numbers(metrics):
    errors = metrics["test"]["errors"]
    assert "text" not in errors[0]
    assert {error["row"] for error in errors} <= set(read_reviews(REVIEW_ROWS).test.ids)


def test_whole_sentences_are_scored(metrics):
    test = read_reviews(REVIEW_ROWS).test
    assert metrics["test"]["wholes"]["rows"] == sum(test.wholes)


def test_the_saved_model_gives_a_probability_for_each_label(folder, metrics):
    classifier = TextClassifier.load(folder)
    probabilities = classifier.predict("a joyless, overlong mess", top_k=5)
    assert list(metrics["labels"]) == LABELS
    assert set(probabilities) == set(LABELS)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_a_contest_table_is_read_with_its_quotes_as_they_stand(folder, tmp_path):
    phrases = ['the "best" film', '"a film , a  mess', "日本", "zounds", "None"]
    rows = [
        f"{156061 + i}\t{8545 + i // 3}\t{phrase}"
        for i, phrase in enumerate([*phrases, ""])
    ]
    (tmp_path / "test.tsv").write_text(
        "PhraseId\tSentenceId\tPhrase\n" + "\n".join(rows) + "\n"
    )
    output, options = tmp_path / "out.csv", ("--model", folder, "--top-k", "1")
    done = run_here(main, "predict", tmp_path / "test.tsv", "-o", output, *options)
    assert done.returncode == 0, done.stderr
    with open(output, encoding="utf-8", newline="") as file:
        header, *written = csv.reader(file)
    assert header[:4] == ["PhraseId", "SentenceId", "Phrase", "label_1"]
    assert [row[2] for row in written] == [*phrases, ""]


def test_words_explain_an_answer(folder):
    text = "A good film, isn't it?"
    contributions = TextClassifier.load(folder).explain(text).contributions
    pieces = [piece for piece, _ in contributions]
    words = [piece for piece in pieces if piece.strip()]
    assert words == ["A", "good", "film,", "isn't", "it?"]
    assert "".join(pieces) == text


def test_unknown_words_make_an_answer_unsure(folder):
    classifier = TextClassifier.load(folder)
    classifier.calibration.unsure_below = 0.0  # however probable
    answer = classifier.answer("Qwyjibo zounds")
    assert answer.notes == ["None of these words appeared in training."]
    assert answer.unsure
    assert not classifier.answer("a good film").unsure


def test_very_many_words_are_no_trouble(folder):
    assert len(TextClassifier.load(folder).predict("good " * 10_000)) == 3


def test_words_start_from_their_vectors_unless_these_do_not_fit(reviews, tmp_path):
    path = tmp_path / "vectors.safetensors"
    found = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    save_vectors(path, ["film", "good", "elsewhere"], found)

    def built(path, size=8):
        sizes = {"embedding_size": size, "hidden_size": 8}
        return build(Recipe(**sizes, units="words", word_vectors=str(path)), reviews)

    model = built(path)
    weight, (good,) = model.network.embedding.weight, model.encoder.encode("good")
    assert torch.cosine_similarity(weight[good], found[1], dim=0) > 0.999
    assert weight[0].abs().sum() == 0  # padding stays silent
    with pytest.raises(InputError, match="8 numbers"):
        built(path, 9)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        built(path)
