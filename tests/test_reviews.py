"""Film reviews, end to end: the contest's file in, a model folder and predictions out.

The rows of tests/data/reviews.tsv are our own, in the contest's form.
"""

import csv
import gzip
import json
from collections import Counter

import pytest
import torch
from accelerators import cpu
from conftest import ROOT, run_here

from model import TextClassifier
from model.__main__ import main
from model.commands import train
from model.data.reviews import LABELS, read_reviews
from model.data.word_vectors import read_vectors, save_vectors
from model.errors import InputError
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.loop import fit

REVIEWS = ROOT / "tests" / "data" / "reviews.tsv"
CONTEST = ROOT / "data" / "sentiment" / "train.tsv.gz"
HEADER = "PhraseId\tSentenceId\tPhrase\tSentiment\n"
SMALL = ("--epochs", "2", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu")


@pytest.fixture(scope="module")
def dataset():
    return read_reviews(REVIEWS)


@pytest.fixture(scope="module")
def classifier(dataset):
    recipe = Recipe(embedding_size=8, hidden_size=8, layers=1, epochs=2, batch_size=8, words=True)
    classifier = TextClassifier.of(build(recipe, dataset))
    classifier.training["task"] = "reviews"
    fit(classifier, dataset, recipe, cpu())
    return classifier


@pytest.fixture(scope="module")
def model(classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews") / "model"
    classifier.save(folder)
    return folder


def parts(dataset):
    return dataset.train, dataset.validation, dataset.test


def test_every_row_is_kept_with_its_label_and_its_number(dataset):
    lines = REVIEWS.read_text(encoding="utf-8").splitlines()[1:]
    rows = {int(line.split("\t")[0]): line.split("\t") for line in lines}
    read = [row for part in parts(dataset) for row in zip(part.ids, part.texts, part.labels)]  # noqa: B905
    assert len(read) == len(rows) == dataset.files["reviews.tsv"]["rows"]
    for number, text, label in read:
        assert text == rows[number][2]
        assert LABELS.index(label) == int(rows[number][3])
    assert dataset.labels == LABELS


def test_no_sentence_is_on_two_sides_of_the_split(dataset):
    lines = REVIEWS.read_text(encoding="utf-8").splitlines()[1:]
    sentence = {int(line.split("\t")[0]): line.split("\t")[1] for line in lines}
    sides = [{sentence[number] for number in part.ids} for part in parts(dataset)]
    assert all(sides)
    assert sum(map(len, sides)) == len(set(sentence.values()))


def test_the_longest_phrase_of_each_sentence_is_the_whole(dataset):
    wholes = [
        text
        for part in parts(dataset)
        for text, whole in zip(part.texts, part.wholes, strict=True)
        if whole
    ]
    assert len(wholes) == 12
    assert all(text.endswith(".") and len(text) > 20 for text in wholes)


def test_gzip_and_windows_line_ends_change_nothing(tmp_path, dataset):
    path = tmp_path / "train.tsv.gz"
    path.write_bytes(gzip.compress(REVIEWS.read_bytes().replace(b"\n", b"\r\n")))
    assert read_reviews(path).train == dataset.train


ROW = "7\t1\tgood\t3\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is empty"),
        (HEADER, "no rows"),
        (HEADER.replace("\tSentiment", "") + "7\t1\tgood\n", "no column 'Sentiment'"),
        (HEADER.replace("\t", ","), "no column 'PhraseId'"),
        (HEADER.replace("\t", ";") + ROW, "no column 'PhraseId'; its columns"),
        (HEADER + ROW + "8\t1\tbad\t5\n", "line 3: Sentiment is '5'"),
        (HEADER + ROW + "8\t1\tbad\tpoor\n", "line 3: Sentiment is 'poor'"),
        (HEADER + ROW + "8\t1\tbad\t-1\n", "line 3: Sentiment is '-1'"),
        (HEADER + ROW + "8\t1\tbad\t1.0\n", "line 3: Sentiment is '1.0'"),
        (HEADER + ROW + "8\t1\tbad\n", "line 3: 3 columns, and the first line has 4"),
        (HEADER + ROW + "8\t1\tbad\tvery\t0\n", "line 3: 5 columns"),
        (HEADER + ROW + "\n" + ROW, "line 3: the line is empty"),
        (HEADER + ROW + "eight\t1\tbad\t0\n", "line 3: PhraseId and SentenceId"),
        (HEADER + ROW, "1 sentences: at least 10"),
        ((HEADER + ROW + "8\t1\tgrün\t3\n").encode("latin-1"), "line 3: not UTF-8"),
        (HEADER.encode("utf-16"), "no column"),
        (gzip.compress(HEADER.encode() + ROW.encode() * 999, mtime=0)[:-12], "not a complete gzip"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content, complaint):
    path = tmp_path / "train.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as refusal:
        read_reviews(path)
    assert complaint in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_without_data_it_says_where_they_come_from():
    done = run_here(train.main, "--task", "reviews")
    assert done.returncode == 2
    assert "kaggle.com" in done.stderr.splitlines()[-1]
    done = run_here(train.main, "--task", "reviews", "--data", "nowhere.tsv")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "kaggle.com" in done.stderr


def test_train_save_load_predict(tmp_path):
    out = tmp_path / "m"
    done = run_here(train.main, "--task", "reviews", "--data", REVIEWS, "--output", out, *SMALL)
    assert done.returncode == 0, done.stderr
    assert "training_texts.json.gz" not in [path.name for path in out.iterdir()]
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["labels"] == LABELS
    assert {"row", "label", "predicted", "probability"} == set(metrics["test"]["errors"][0])
    test = read_reviews(REVIEWS).test
    assert {error["row"] for error in metrics["test"]["errors"]} <= set(test.ids)
    assert metrics["test"]["wholes"]["rows"] == sum(test.wholes)
    probabilities = TextClassifier.load(out).predict("a joyless, overlong mess", top_k=5)
    assert set(probabilities) == set(LABELS)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_no_phrase_of_the_file_is_in_the_model_folder(model):
    phrases = [line.split("\t")[2] for line in REVIEWS.read_text().splitlines()[1:]]
    content = b"".join(path.read_bytes() for path in model.iterdir())
    assert not [p for p in phrases if len(p.split()) > 2 and p.encode() in content]


def predicted(model, source, output, *more) -> int:
    return main(["predict", "--model", str(model), str(source), "-o", str(output), *more])


def test_a_contest_table_is_read_with_its_quotes_as_they_stand(model, tmp_path):
    phrases = ['the "best" film', '"a film , a  mess', "日本", "zounds", "None"]
    rows = [f"{156061 + i}\t{8545 + i // 3}\t{phrase}" for i, phrase in enumerate([*phrases, ""])]
    (tmp_path / "test.tsv").write_text("PhraseId\tSentenceId\tPhrase\n" + "\n".join(rows) + "\n")
    output = tmp_path / "out.csv"
    assert predicted(model, tmp_path / "test.tsv", output, "--skip-bad") == 0
    with open(output, encoding="utf-8", newline="") as file:
        header, *written = csv.reader(file)
    assert header[:4] == ["PhraseId", "SentenceId", "Phrase", "label_1"]
    assert [row[2] for row in written] == phrases


def test_words_explain_an_answer(classifier):
    explanation = classifier.explain("A good film, isn't it?")
    assert [p for p, _ in explanation.contributions if p.strip()] == [
        *("A", "good", "film,", "isn't", "it?")
    ]
    assert "".join(p for p, _ in explanation.contributions) == "A good film, isn't it?"


def test_a_text_of_unknown_words_is_unsure(classifier):
    classifier.calibration.unsure_below = 0.0  # however probable
    assert classifier.answer("Qwyjibo zounds").unsure
    assert not classifier.answer("a good film").unsure
    assert classifier.answer("Qwyjibo zounds").notes == ["None of these words was in training."]
    assert len(classifier.predict("good " * 10_000)) == 3  # no trouble


@pytest.mark.skipif(not CONTEST.exists(), reason=f"no {CONTEST.relative_to(ROOT)}: see README.md")
def test_the_contest_s_file_is_read_as_it_is():
    dataset = read_reviews(CONTEST)
    sizes = list(map(len, parts(dataset)))
    assert sum(sizes) == dataset.files[CONTEST.name]["rows"] > 150_000
    assert [round(size / sum(sizes), 1) for size in sizes] == [0.8, 0.1, 0.1]
    assert Counter(dataset.train.labels).most_common(1)[0][0] == "neutral"


@pytest.fixture
def vectors(tmp_path):
    """A file of vectors of 8 numbers, and what each word's is."""
    words, path = ["film", "good", "elsewhere"], tmp_path / "vectors.safetensors"
    found = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    save_vectors(path, words, found)
    return path, dict(zip(words, found, strict=True))


def test_words_start_from_their_vectors(dataset, vectors):
    path, found = vectors
    recipe = Recipe(embedding_size=8, hidden_size=8, words=True, word_vectors=str(path))
    classifier = TextClassifier.of(build(recipe, dataset))
    weight = classifier.network.embedding.weight
    (good,) = classifier.encoder.encode("good")
    assert torch.cosine_similarity(weight[good], found["good"], dim=0) > 0.999
    assert weight[0].abs().sum() == 0  # padding stays silent


@pytest.mark.parametrize(("size", "complaint"), [(9, "8 numbers"), (8, "No file")])
def test_unfit_word_vectors_are_refused(dataset, vectors, size, complaint):
    path = vectors[0] if size == 9 else "nowhere.safetensors"
    recipe = Recipe(embedding_size=size, hidden_size=8, words=True, word_vectors=str(path))
    with pytest.raises(InputError, match=complaint):
        TextClassifier.of(build(recipe, dataset))


def test_damaged_word_vectors_are_refused(vectors):
    vectors[0].write_bytes(vectors[0].read_bytes()[:-9])
    with pytest.raises(InputError, match="damaged"):
        read_vectors(vectors[0])
