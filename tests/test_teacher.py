"""A teacher's beliefs: the file of them, and what a classifier learns from it."""

import csv
from dataclasses import replace

import pytest
import torch
from accelerators import cpu
from conftest import REVIEW_ROWS, run_here

from data import teacher
from model import TextClassifier
from model.commands.train import main
from model.data.reviews import LABELS, read_reviews
from model.data.rows import Rows
from model.data.teaching import (
    save_beliefs,
    save_vectors,
    start_from,
    with_teacher,
)
from model.data.texts import match_key
from model.errors import InputError
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.loop import Stage, fit
from model.training.session import Session
from model.words import WordEncoder

HEADER = "\t".join(["text", *LABELS]) + "\n"
SURE = "\t0\t0\t0\t0\t1"


@pytest.mark.parametrize("name", ["beliefs.tsv", "beliefs.tsv.gz"])
def test_beliefs_come_back_as_they_were_written(reviews, tmp_path, name):
    torch.manual_seed(0)
    texts = ['a "quote" , not closed', "plain", "é"]
    beliefs = torch.rand(3, 5).softmax(dim=1)
    save_beliefs(tmp_path / name, LABELS, Rows(texts, beliefs=beliefs.tolist()))
    read = with_teacher(reviews, tmp_path / name)
    assert read.taught.texts == texts
    torch.testing.assert_close(
        torch.tensor(read.taught.beliefs), beliefs, atol=1e-3, rtol=0
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


def test_words_start_from_their_vectors_and_the_unknown_one_from_the_mean_of_these():
    vectors = {"good": torch.tensor([3.0, 1.0, 9.0]), "bad": torch.tensor([-1.0, 2, 9])}
    embedding = torch.nn.Embedding(5, 2)
    start_from(embedding, WordEncoder("bad good plot"), vectors)
    unknown, bad, good = embedding.weight[1:4].detach()
    torch.testing.assert_close(unknown, (bad + good) / 2)
    torch.testing.assert_close(good / bad, torch.tensor([-3.0, 0.5]))


def test_nothing_held_out_reaches_teacher_student_words_or_questions(reviews, tmp_path):
    """Of a training sentence that is rewritten, one phrase is of a validation sentence, too."""
    lines = [
        line.split("\t")
        for line in REVIEW_ROWS.read_text(encoding="utf-8").splitlines()
    ]
    sentence = {int(number): of for number, of, *_ in lines[1:]}
    train, held_out = (
        sentence[rows.ids[0]] for rows in (reviews.train, reviews.validation)
    )
    whole, leak = "a fine gubble of a film", min(reviews.test.texts, key=len).upper()
    added = [(train, "Fine, gubble"), (train, whole), (train, leak)]
    added += [(held_out, "fine gubble"), (held_out, "unseen zounds")]
    lines = [line for line in lines if line[1] != train]
    lines += [[str(i), of, text, "4"] for i, (of, text) in enumerate(added, start=900)]
    path = tmp_path / "train.tsv"
    path.write_text("\n".join(map("\t".join, lines)) + "\n", encoding="utf-8")
    dataset = read_reviews(path)
    vectors = {
        word: torch.rand(4) for word in ("gubble", "fine", "film", "telling", "unseen")
    }
    asked = teacher.questions(dataset, vectors)
    assert (whole in asked["learnt"], "a fine gubble" in asked["made"]) == (True, True)
    texts = dataset.train.texts + [text for kind in asked.values() for text in kind]
    keys = {
        match_key(text) for text in dataset.validation.texts + dataset.test.texts
    } - {""}
    assert keys.isdisjoint(map(match_key, texts))
    with teacher.VERDICTS.open(encoding="utf-8", newline="") as file:
        verdicts = [row["sentence"] for row in csv.DictReader(file, delimiter="\t")]
    assert {*map(match_key, verdicts)}.isdisjoint(
        map(match_key, asked["made"] + asked["filled"])
    )
    words = teacher.trained_words(dataset)
    assert {"gubble"} == {"gubble", "unseen", "zounds"} & words
    with_new = [text for text in asked["words"] if "telling" in text.split()]
    others = words | {"telling", "unseen"}
    assert "telling" in with_new
    assert len(with_new) > 1
    assert {word.lower() for text in asked["words"] for word in text.split()} <= others
    save_beliefs(
        tmp_path / "b.tsv", LABELS, Rows([leak, "new"], beliefs=[[0.2] * 5] * 2)
    )
    assert with_teacher(dataset, tmp_path / "b.tsv").taught.texts == ["new"]


class TinyTeacher(torch.nn.EmbeddingBag):
    """In place of the teacher, whose language model has 400 MB."""

    def encode(self, texts):
        return [list(text.encode()) for text in texts]

    def groups(self):
        return [{"params": self.parameters(), "rate": 0.1}]

    def forward(self, ids):
        logits = torch.cat(
            [super(TinyTeacher, self).forward(torch.tensor([i])) for i in ids]
        )
        return torch.nn.functional.dropout(logits, training=self.training)


def test_frequent_words_with_an_opinion_are_chosen(reviews, monkeypatch):
    """The teacher calls two words positive, of which one is frequent, and all others neutral."""
    opinions = {"gubble": 0.9, "rare": 0.9}
    rows = [
        [0, 0, 1 - opinions.get(w, 0.1), 0, opinions.get(w, 0.1)]
        for w in ("gubble", "of", "rare")
    ]
    monkeypatch.setattr(teacher, "beliefs", lambda _, words: torch.tensor(rows))
    own = teacher.trained_words(reviews) - {"of"}
    monkeypatch.setattr(teacher, "trained_words", lambda _: own)
    monkeypatch.setattr(teacher, "VOCABULARY", len(own) + 1)
    frequencies = {"gubble": 0.002, "of": 0.01, "rare": 0.0001, min(own): 1.0}
    assert teacher.choose_words(reviews, None, frequencies) == sorted({*own, "gubble"})


@pytest.mark.parametrize("step", ["fine-tune", "ask"])
def test_a_step_that_is_stopped_at_each_batch_ends_with_the_same_file(
    tmp_path, monkeypatch, step
):
    def run(step):
        done = run_here(teacher.main, step, "--data", REVIEW_ROWS, "--folder", tmp_path)
        return done.stdout.split()[-1]  # the SHA-256

    save, stops = teacher.save, [KeyboardInterrupt] * 2

    def save_and_stop(path, state):
        save(path, state)
        if stops:
            raise stops.pop()

    monkeypatch.setattr(teacher, "Teacher", lambda: TinyTeacher(256, len(LABELS)))
    save_vectors(
        tmp_path / "word_vectors.safetensors", ["film", "telling"], torch.eye(2)
    )
    expected = [run("fine-tune"), run(step)][-1]
    monkeypatch.setattr(teacher, "save", save_and_stop)
    monkeypatch.setattr(teacher, "SAVING", -1)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(step)
    assert run(step) == expected


def test_what_only_the_teacher_knows_is_learnt(reviews):
    """No row has the word, the teacher says that it is half negative, half positive."""
    word = "gubble"
    options = {
        "epochs": 30,
        "batch_size": 8,
        "learning_rate": 0.02,
        "keeps_last_epoch": True,
    }
    recipe = Recipe(embedding_size=8, hidden_size=8, layers=1, units="words", **options)
    taught = Rows([word] * 40, beliefs=[[0.5, 0, 0, 0, 0.5]] * 40)
    with_word = reviews.train + replace(reviews.train.take([0]), texts=[word])
    model = build(recipe, replace(reviews, train=with_word))
    fit(Stage(model, replace(reviews, taught=taught), recipe), Session(cpu()))
    negative, *_, positive = TextClassifier(model).predict_batch([word])[0]
    assert negative == pytest.approx(0.5, abs=0.1)
    assert positive == pytest.approx(0.5, abs=0.1)


def test_train_py_takes_a_teacher_and_says_where_none_is(tmp_path):
    options = (
        "--task",
        "reviews",
        "--data",
        REVIEW_ROWS,
        "--dry-run",
        "--no-use-gpu",
        "--teacher",
    )
    save_beliefs(tmp_path / "b.tsv", LABELS, Rows(["fine"], beliefs=[[0.2] * 5]))
    done = run_here(main, *options, tmp_path / "b.tsv")
    assert done.returncode == 0, done.stderr
    assert "1 texts with a teacher's probabilities" in done.stdout
    missing = run_here(main, *options, tmp_path / "none.tsv")
    where = f"train.py: No file {tmp_path / 'none.tsv'}: data/teacher.py makes it.\n"
    assert (missing.returncode, missing.stderr) == (2, where)
