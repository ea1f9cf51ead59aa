"""Film reviews, end to end: the contest's file in, a model folder and predictions out.

The rows of tests/data/reviews.tsv are our own, in the contest's form.
"""

import csv
import gzip
import json
import re
from dataclasses import asdict
from itertools import compress

import pytest
import torch
from conftest import REVIEW_ROWS, ROOT, run_here

from model import TextClassifier
from model.__main__ import main
from model.commands import train
from model.data.reviews import LABELS, read_reviews
from model.data.teaching import save_vectors
from model.data.texts import match_key
from model.errors import InputError
from model.tasks.recipe import Recipe
from model.training.build import build_model

HEADER = "PhraseId\tSentenceId\tPhrase\tSentiment\n"
SMALL = "--epochs 2 --hidden-size 12 --batch-size 8 --no-use-gpu".split()


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
    rows = {}
    for line in lines:
        number, *rest = line.split("\t")
        rows[int(number)] = rest
    return rows


def splits(reviews):
    return reviews.train, reviews.validation, reviews.test


def held_out_keys(reviews):
    texts = reviews.validation.texts + reviews.test.texts
    return set(map(match_key, texts))


def test_rows_of_the_file_are_counted_and_a_sentence_s_rows_are_on_one_side(
    reviews, contest_rows
):
    assert reviews.files["reviews.tsv"]["rows"] == len(contest_rows)
    assert reviews.labels == LABELS
    sides = []
    for split in splits(reviews):
        sentences = {contest_rows[number][0] for number in split.ids}
        sides.append(sentences)
    assert all(sides)
    everything = {sentence for sentence, *_ in contest_rows.values()}
    assert sum(map(len, sides)) == len(everything)


def test_no_phrase_that_is_held_out_is_trained_on_and_every_other_is_read_as_it_stands(
    reviews, contest_rows
):
    train = set(map(match_key, reviews.train.texts))
    assert held_out_keys(reviews).isdisjoint(train)
    read = {}
    for split in splits(reviews):
        for number, (text, label) in zip(split.ids, split.pairs(), strict=True):
            sentiment = str(LABELS.index(label))
            read[number] = text, sentiment
    held_out = held_out_keys(reviews)
    for number, (_, text, sentiment) in contest_rows.items():
        if number in read:
            assert read[number] == (text, sentiment)
        else:
            assert match_key(text) in held_out


def test_whole_sentences_are_marked(reviews):
    wholes = []
    for split in splits(reviews):
        wholes += compress(split.texts, split.wholes)
    assert len(wholes) == 12
    for text in wholes:
        assert text.endswith(".")
        assert len(text) > 20


def test_gzip_with_the_line_ends_of_windows_changes_nothing(reviews, tmp_path):
    path = tmp_path / "train.tsv.gz"
    content = REVIEW_ROWS.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(gzip.compress(content))
    assert read_reviews(path).train == reviews.train


ROW = "7\t1\tgood\t3\n"
THREE_COLUMNS = HEADER.replace("\tSentiment", "") + "7\t1\tgood\n"
LATIN_1 = (HEADER + ROW + "8\t1\tgrün\t3\n").encode("latin-1")
LONG = (HEADER + ROW * 999).encode()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is empty"),
        (HEADER, "no rows"),
        (THREE_COLUMNS, "no column 'Sentiment'"),
        (HEADER.replace("\t", ","), "no column 'PhraseId'"),
        (HEADER + ROW + "8\t1\tbad\t5\n", "line 3: Sentiment is '5'"),
        (HEADER + ROW + "8\t1\tbad\n", "line 3: 3 columns, and the first line has 4"),
        (HEADER + ROW + "\n" + ROW, "line 3: the line is empty"),
        (HEADER + ROW + "eight\t1\tbad\t0\n", "line 3: PhraseId and SentenceId"),
        (HEADER + ROW, "1 sentences: at least 10"),
        (LATIN_1, "line 3: not UTF-8"),
        (HEADER.encode("utf-16"), "no column"),
        (gzip.compress(LONG, mtime=0)[:-12], "not a complete gzip"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content, complaint):
    path = tmp_path / "train.tsv"
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^[^\n]*train\.tsv[^\n]*$") as refusal:
        read_reviews(path)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("options", [(), ("--data", "nowhere.tsv")])
def test_without_data_it_says_where_they_come_from(options):
    done = run_here(train.main, "--task", "reviews", *options)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "kaggle.com" in done.stderr


def test_the_model_folder_has_no_phrase_of_the_contest(folder, contest_rows):
    assert not (folder / "training_texts.json.gz").exists()
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    phrases = [phrase for _, phrase, _ in contest_rows.values()]
    long = [phrase for phrase in phrases if len(phrase.split()) > 2]
    assert long
    for phrase in long:
        assert phrase.encode() not in content


def test_whole_sentences_are_scored_and_errors_are_the_contest_s_row_numbers(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    errors = metrics["test"]["errors"]
    assert "text" not in errors[0]
    test = read_reviews(REVIEW_ROWS).test
    assert {error["row"] for error in errors} <= set(test.ids)
    assert metrics["test"]["wholes"]["rows"] == sum(test.wholes)
    classifier = TextClassifier.load(folder)
    probabilities = classifier.predict("a joyless, overlong mess", top_k=5)
    assert list(metrics["labels"]) == LABELS
    assert set(probabilities) == set(LABELS)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_a_contest_table_is_read_with_its_quotes_as_they_stand(folder, tmp_path):
    phrases = ['the "best" film', '"a film , a  mess', "日本", "zounds", "None", ""]
    lines = ["PhraseId\tSentenceId\tPhrase\n"]
    for i, phrase in enumerate(phrases):
        lines.append(f"{156061 + i}\t{8545 + i // 3}\t{phrase}\n")
    source = tmp_path / "test.tsv"
    source.write_text("".join(lines))
    output = tmp_path / "out.csv"
    options = "-o", output, "--model", folder, "--top-k", "1"
    done = run_here(main, "predict", source, *options)
    assert done.returncode == 0, done.stderr
    with open(output, encoding="utf-8", newline="") as file:
        header, *written = csv.reader(file)
    assert header[:4] == ["PhraseId", "SentenceId", "Phrase", "answer"]
    assert [row[2] for row in written] == phrases


def test_unknown_words_make_an_answer_unsure(folder):
    classifier = TextClassifier.load(folder)
    classifier.model.calibration.unsure_below = 0.0  # however probable
    answer = classifier.answer("Qwyjibo zounds")
    assert answer.notes == ["None of these words appeared in training."]
    assert answer.unsure
    assert not classifier.answer("a good film").unsure


def built_from(path, reviews, size=8):
    sizes = {"embedding_size": size, "hidden_size": 8}
    return build_model(Recipe(units="words", word_vectors=str(path), **sizes), reviews)


def test_words_start_from_their_vectors_unless_those_are_too_short_or_damaged(
    reviews, tmp_path
):
    path = tmp_path / "vectors.safetensors"
    seeded = torch.Generator().manual_seed(0)
    made = torch.randn(3, 8, generator=seeded)
    save_vectors(path, ["film", "good", "elsewhere"], made)
    model = built_from(path, reviews)
    weight = model.network.embedding.weight
    (good,) = model.encoder.encode("good")
    assert torch.cosine_similarity(weight[good], made[1], dim=0) > 0.999
    assert not weight[0].any()  # padding
    with pytest.raises(InputError, match="8 numbers"):
        built_from(path, reviews, size=9)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        built_from(path, reviews)


CONTEST = ROOT / "data" / "sentiment" / "train.tsv.gz"


@pytest.mark.skipif(not CONTEST.exists(), reason="no file of the contest")
@pytest.mark.slow
def test_the_shipped_calibration_is_what_the_documented_lines_find():
    page = (ROOT / "docs" / "reviews.md").read_text("utf-8")
    (lines,) = re.findall(r"```python\n(from model.*?)```", page, re.DOTALL)
    found = {}
    exec(lines.replace("train.tsv", str(CONTEST)), found)
    expected = asdict(found["model"].calibration)
    for name, value in asdict(found["calibration"]).items():
        assert value == pytest.approx(expected[name], abs=1e-4), name
