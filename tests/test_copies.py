"""Test texts that training has too, or nearly: what is said of their scores, and where."""

import random

import pytest
from test_linear import SHORT

from model import TextClassifier
from model.data.copies import near_copies
from model.tabs.page_model import PageModel
from model.tabs.quality import overview_html

BETTER = "so the scores are better than on new texts"
CAUTIONS = [
    f"the texts of 1 of 11 test rows are in training too, {BETTER}",
    f"the texts of 11 of 11 test rows consist mostly of phrases in training texts, {BETTER}",
]
LATIN = "abcdefghijklmnopqrstuvwxyz"
HAN = [chr(i) + chr(i + 1) for i in range(0x4E00, 0x4F00)]
LABELS = ["yes", "no"] * 50
DRAW = random.Random(0)


@pytest.mark.parametrize(("words", "space"), [(LATIN, " "), (HAN, "")])
def test_of_mails_made_of_the_same_sentences_fit_card_and_page_say_so(
    words, space, tmp_path
):
    """Each of 100 mails has three of the 12 sentences of its label; one is in both splits."""
    sentences = [f"{space.join(DRAW.choices(words, k=8))}." for _ in range(24)]
    mails = [space.join(DRAW.sample(sentences[i % 2 :: 2], 3)) for i in range(100)]
    test = mails[89:], LABELS[89:]
    with pytest.warns(UserWarning, match=f"^{'; '.join(CAUTIONS)}$"):
        made = TextClassifier.fit(
            mails[:90], LABELS[:90], test=test, quick=True, **SHORT
        )
    made.save(tmp_path / "m")
    card = (tmp_path / "m" / "README.md").read_text("utf-8")
    for told in (card, overview_html(PageModel("m", made))):
        assert "Caution: {}. Caution: {}.".format(*CAUTIONS) in told


def test_of_many_texts_some_are_looked_at_from_the_first_to_the_last():
    texts = ["a b c d"] * 3000 + ["e f g h"] * 3000
    others = ["none of these words"] * 3000 + ["a b c d"] * 3000
    assert near_copies(texts, others) == 3000
