"""Whether case is kept where nobody says: by what it tells of the labels."""

import random

import numpy as np
import pytest
from test_linear import SHORT, made_up

from model import TextClassifier
from model.answering import facts_on, read_text
from model.commands import train
from model.training.capitals import tells

QUICK = SHORT | {"refit": False, "task": {"publish_texts": True}}
WORDS, ENDS = made_up(200, ["ung", "ismo"])
CASED = [word.title() if i % 2 else word for i, word in enumerate(WORDS)]
IS_CAPITAL = ["yes" if i % 2 else "no" for i in range(200)]
FORMS = [str.lower, str.upper]
DRAW = random.Random(0)
NOISY = ["".join(DRAW.choice(FORMS)(letter) for letter in word) for word in WORDS]


def test_case_that_tells_is_kept(tmp_path, capsys):
    TextClassifier.fit(CASED, IS_CAPITAL, verbose=False, **QUICK)
    assert capsys.readouterr().out == ""
    made = TextClassifier.fit(CASED, IS_CAPITAL, **QUICK)
    assert capsys.readouterr().out.startswith("Capitals are kept: ")
    made.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    answers = [next(iter(loaded.predict(text))) for text in ("Lasmedi", "lasmedi")]
    assert answers == ["yes", "no"]
    shares = [facts_on(loaded.model, text).shares for text in (CASED[1], WORDS[1])]
    assert shares == [[("yes", 1.0)], []]


def test_case_that_tells_nothing_is_folded(tmp_path):
    made = TextClassifier.fit(NOISY, ENDS, **QUICK)
    task = made.model.training["task"]
    del task["keep_case"]  # which earlier versions did not record
    made.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert read_text(loaded.model, "LASmedi").units == "lasmedi"
    assert facts_on(loaded.model, NOISY[0].swapcase()).shares == [(ENDS[0], 1.0)]


def test_copies_of_a_text_do_not_tell_each_other_s_label():
    draw = random.Random(3)
    texts, labels = [], []
    for word in WORDS[:120]:
        texts += [word, word.title()]
        labels += draw.sample("ab", 2)
    made = TextClassifier.fit(2 * texts, 2 * labels, **QUICK)
    assert read_text(made.model, "LASmedi").units == "lasmedi"


@pytest.mark.parametrize(
    ("texts", "labels", "keep_case"),
    [(CASED, IS_CAPITAL, False), (NOISY, ENDS, True)],
)
def test_what_is_given_is_stronger(texts, labels, keep_case):
    made = TextClassifier.fit(texts, labels, keep_case=keep_case, **QUICK)
    assert (read_text(made.model, "Lasmedi").units == "Lasmedi") is keep_case


def test_training_says_that_case_is_kept(tmp_path, capsys):
    table = tmp_path / "t.csv"
    rows = map(",".join, zip(CASED, IS_CAPITAL, strict=True))
    table.write_text("\n".join(["word,capital", *rows]))
    options = ["--data", str(table), "--text-column", "word"]
    options += ["--output", str(tmp_path / "m")]
    assert train.main([*options, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "\nCapitals are kept: a linear classifier has " in told


@pytest.mark.parametrize(
    ("gained", "lost", "is_kept"), [(1, 0, False), (3, 0, True), (50, 45, False)]
)
def test_case_must_help_by_more_than_chance(gained, lost, is_kept):
    kept = np.repeat([True, False, True], [gained, lost, 2000])
    folded = np.repeat([False, True, True], [gained, lost, 2000])
    assert tells(kept, folded) is is_kept
