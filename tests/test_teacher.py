"""A teacher's beliefs: the file of them, and what a classifier learns from it."""

import csv
from dataclasses import replace

import pytest
import torch
from conftest import REVIEW_ROWS, run_here

from data import teacher
from model.commands.train import main
from model.data.reviews import LABELS, read_reviews
from model.data.rows import Rows
from model.data.teaching import (
    save_beliefs,
    save_vectors,
    with_teacher,
)
from model.data.texts import match_key
from model.errors import InputError

HEADER = "\t".join(["text", *LABELS]) + "\n"
SURE = "\t0\t0\t0\t0\t1"


@pytest.mark.parametrize("name", ["beliefs.tsv", "beliefs.tsv.gz"])
def test_beliefs_come_back_as_they_were_written(reviews, tmp_path, name):
    torch.manual_seed(0)
    texts = ['a "quote" , not closed', "plain", "é"]
    beliefs = torch.rand(3, 5).softmax(dim=1)
    rows = Rows(texts, beliefs=beliefs.tolist())
    save_beliefs(tmp_path / name, LABELS, rows)
    read = with_teacher(reviews, tmp_path / name)
    assert read.taught.texts == texts
    read_beliefs = torch.tensor(read.taught.beliefs)
    torch.testing.assert_close(
        read_beliefs,
        beliefs,
        atol=1e-3,
        rtol=0,
    )
    assert read.files[name]["rows"] == 3
    assert replace(read, taught=Rows(), files=reviews.files) == reviews


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text\tnegative\npoor\t1\n", "line 1: the columns must be"),
        (f"{HEADER}good{SURE}\nbad\t1\n", "line 3: 2 columns"),
        (f"{HEADER}good\t0\t0\t0\t0\tx\n", "line 2: .* numbers"),
        (f"{HEADER}good\t0\t0\t0\t0\tnan\n", "line 2: .* sum to 1"),
        (f"{HEADER}good\t0\t0\t0\t0\t0.95\n", "line 2: .* sum to 1"),
        (f"{HEADER}good\t-1\t0\t0\t1\t1\n", "line 2: .* sum to 1"),
    ],
)
def test_an_invalid_file_is_refused_with_its_line(
    reviews, tmp_path, content, complaint
):
    path = tmp_path / "beliefs.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=complaint) as error:
        with_teacher(reviews, path)
    assert str(path) in str(error.value)


WHOLE = "a fine gubble of a film"
VECTORS = {word: torch.rand(4) for word in "gubble fine film telling unseen".split()}


def leak_of(reviews):
    return min(reviews.test.texts, key=len).upper()


def keys(texts):
    return set(map(match_key, texts)) - {""}


@pytest.mark.slow
def test_nothing_held_out_is_learnt_or_asked_of_the_teacher(reviews, tmp_path):
    """A training sentence is rewritten: a phrase of it is a test sentence, too."""
    text = REVIEW_ROWS.read_text(encoding="utf-8")
    header, *rows = [line.split("\t") for line in text.splitlines()]
    sentence_of = {int(number): sentence for number, sentence, *_ in rows}
    train = sentence_of[reviews.train.ids[0]]
    held_out = sentence_of[reviews.validation.ids[0]]
    rows = [row for row in rows if row[1] != train]
    added = [
        (train, "Fine, gubble"),
        (train, WHOLE),
        (train, leak_of(reviews)),
        (held_out, "fine gubble"),
        (held_out, "unseen zounds"),
    ]
    for number, (sentence, phrase) in enumerate(added, start=900):
        rows.append([str(number), sentence, phrase, "4"])
    path = tmp_path / "train.tsv"
    lines = ["\t".join(row) + "\n" for row in [header, *rows]]
    path.write_text("".join(lines), encoding="utf-8")
    rewritten = read_reviews(path)
    held_out = keys((rewritten.validation + rewritten.test).texts)
    assert held_out.isdisjoint(keys(rewritten.train.texts))
    asked = teacher.questions(rewritten, VECTORS)
    for texts in asked.values():
        assert texts
        assert held_out.isdisjoint(keys(texts))
    assert WHOLE in asked["learnt"]
    assert "a fine gubble" in asked["made"]  # a part of it
    with teacher.VERDICTS.open(encoding="utf-8", newline="") as file:
        scored = {row["sentence"] for row in csv.DictReader(file, delimiter="\t")}
    assert keys(scored).isdisjoint(keys(asked["made"] + asked["filled"]))
    trained = teacher.trained_words(rewritten)
    assert {"gubble", "unseen", "zounds"} & trained == {"gubble"}
    # A new word is asked about alone and in known phrases.
    with_new = [text for text in asked["words"] if "telling" in text.split()]
    assert "telling" in with_new
    assert len(with_new) > 1
    for text in asked["words"]:
        assert {*trained, "telling", "unseen"}.issuperset(text.lower().split())


def test_a_students_file_leaves_out_what_is_held_out(reviews, tmp_path):
    path = tmp_path / "beliefs.tsv"
    rows = Rows([leak_of(reviews), "new"], beliefs=[[0.2] * 5] * 2)
    save_beliefs(path, LABELS, rows)
    assert with_teacher(reviews, path).taught.texts == ["new"]


class TinyTeacher(torch.nn.EmbeddingBag):
    """In place of the teacher, whose language model has 400 MB."""

    def encode(self, texts):
        return [list(text.encode()) for text in texts]

    def groups(self):
        return [{"params": self.parameters(), "rate": 0.1}]

    def forward(self, ids):
        logits = []
        for of_text in ids:
            logits.append(super().forward(torch.tensor([of_text])))
        return torch.nn.functional.dropout(torch.cat(logits), training=self.training)


def test_steps_taken_again_write_the_same_files(tmp_path, monkeypatch):
    monkeypatch.setattr(teacher, "Teacher", lambda: TinyTeacher(256, len(LABELS)))
    monkeypatch.setattr(teacher, "FILLINGS", 1)
    vectors = tmp_path / "word_vectors.safetensors"
    save_vectors(vectors, ["film", "telling"], torch.eye(2))
    sums = []
    for step in ("fine-tune", "ask") * 2:
        done = run_here(teacher.main, step, "--data", REVIEW_ROWS, "--folder", tmp_path)
        sums.append(done.stdout.split()[-1])
    assert sums[:2] == sums[2:]


def dry_run(teacher_file):
    """Run train.py, which reads all that it would train on."""
    options = ["--task", "reviews", "--data", REVIEW_ROWS, "--dry-run", "--no-use-gpu"]
    return run_here(main, *options, "--teacher", teacher_file)


def test_train_py_counts_the_texts_of_a_teacher(tmp_path):
    path = tmp_path / "beliefs.tsv"
    rows = Rows(["fine"], beliefs=[[0.2] * 5])
    save_beliefs(path, LABELS, rows)
    done = dry_run(path)
    assert done.returncode == 0, done.stderr
    assert "1 texts with a teacher's probabilities" in done.stdout


def test_train_py_names_the_script_that_makes_a_missing_teachers_file(tmp_path):
    path = tmp_path / "none.tsv"
    done = dry_run(path)
    assert done.returncode == 2
    assert done.stderr == f"train.py: No file {path}: data/teacher.py makes it.\n"
