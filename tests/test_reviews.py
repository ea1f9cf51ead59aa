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


def test_a_sentence_s_rows_are_on_one_side_and_its_phrases_on_no_other(
    reviews, tmp_path
):
    lines = REVIEW_ROWS.read_text(encoding="utf-8").splitlines()[1:]
    rows = {int(number): rest for number, *rest in (line.split("\t") for line in lines)}
    assert len(rows) == reviews.files["reviews.tsv"]["rows"]
    read, sides, wholes = {}, [], []
    for part in (reviews.train, reviews.validation, reviews.test):
        sides.append({rows[number][0] for number in part.ids})
        columns = (part.texts, part.labels, part.ids, part.wholes)
        for text, label, number, whole in zip(*columns, strict=True):
            read[number] = [rows[number][0], text, str(LABELS.index(label))]
            wholes += [text] * whole
    held_out = {
        match_key(text) for text in reviews.validation.texts + reviews.test.texts
    }
    assert held_out.isdisjoint(map(match_key, reviews.train.texts))
    left_out = {number for number, row in rows.items() if match_key(row[1]) in held_out}
    assert read == {
        number: row for number, row in rows.items() if number not in left_out - {*read}
    }
    assert all(sides)
    assert sum(map(len, sides)) == len({sentence for sentence, *_ in rows.values()})
    assert len(wholes) == 12
    assert all(text.endswith(".") and len(text) > 20 for text in wholes)
    assert reviews.labels == LABELS
    path = tmp_path / "train.tsv.gz"  # gzip and Windows' line ends change nothing
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


def test_train_save_load_predict(folder):
    assert "training_texts.json.gz" not in [path.name for path in folder.iterdir()]
    phrases = [line.split("\t")[2] for line in REVIEW_ROWS.read_text().splitlines()[1:]]
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not [p for p in phrases if len(p.split()) > 2 and p.encode() in content]
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["labels"] == LABELS
    assert "text" not in metrics["test"]["errors"][0]
    test = read_reviews(REVIEW_ROWS).test
    assert {error["row"] for error in metrics["test"]["errors"]} <= set(test.ids)
    assert metrics["test"]["wholes"]["rows"] == sum(test.wholes)
    probabilities = TextClassifier.load(folder).predict(
        "a joyless, overlong mess", top_k=5
    )
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


def test_words_explain_an_answer_and_unknown_ones_make_it_unsure(folder):
    classifier = TextClassifier.load(folder)
    explanation = classifier.explain("A good film, isn't it?")
    assert [p for p, _ in explanation.contributions if p.strip()] == [
        *("A", "good", "film,", "isn't", "it?")
    ]
    assert "".join(p for p, _ in explanation.contributions) == "A good film, isn't it?"

    classifier.calibration.unsure_below = 0.0  # however probable
    answer = classifier.answer("Qwyjibo zounds")
    assert answer.notes == ["None of these words appeared in training."]
    assert answer.unsure
    assert not classifier.answer("a good film").unsure
    assert len(classifier.predict("good " * 10_000)) == 3  # no trouble


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
