"""What the network of names reads: decomposed Unicode, with unknown letters by script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.letters import MAX_IDS, LetterEncoder, decompose

NAMES = ["Müller", "Иванов", "さとう", "김", "山田", "O'Brien"]
ENCODER = LetterEncoder.from_texts(NAMES)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("MÜLLER", "mu\u0308ller"),  # a letter and its mark, however they were typed
        ("ﬁne", "fine"),  # a ligature
        ("Straße", "strasse"),
        ("İnce", "ince"),
        ("Нагой", "нагои\u0306"),
        ("박", "\u1107\u1161\u11a8"),  # three jamo
        ("ㄹㅠ", "\u11af\u1172"),  # two keys, not the syllable of the next row
        ("ｻﾄｳ", "サトウ"),  # half width
        ("ガ", "カ\u3099"),
        ("O’Neill", "o'neill"),
        ("Smith‑Jones", "smith-jones"),
        ("  de \u3000 la\tCruz ", "de la cruz"),
        ("Ro\u200bssi🙂", "rossi"),
    ],
)
def test_a_text_is_read_in_letters_and_marks(text, read):
    assert decompose(text) == read


def test_symbols_are_letters_and_invisible_characters_are_none():
    for text, read in (
        ("€5.00 ★→", "€5.00 ★→"),
        ("❤️ 👩\u200d🚀", "❤ 👩🚀"),  # a variation selector and a joiner
        ("👍🏽", "👍🏽"),  # the tone is a letter of its own
        ("A\u200bb\0\u00ad Я", "Ab Я"),
    ):
        assert decompose(text, symbols=True, keep_case=True) == read


@given(st.text(max_size=40))
def test_every_way_to_compose_a_text_is_read_alike_and_reading_again_changes_nothing(text):
    read = decompose(text)
    assert decompose(read) == read
    assert decompose(unicodedata.normalize("NFC", text)) == read
    assert decompose(unicodedata.normalize("NFD", text)) == read


def test_an_id_for_each_letter_of_training_and_one_for_the_unknown_of_its_script():
    ids = [ENCODER.encode(name) for name in NAMES]
    characters = sorted(set(" ,'-").union(*map(decompose, NAMES)))
    first = 2 + len(ENCODER.scripts)
    assert {i for row in ids for i in row} == {
        first + i for i, c in enumerate(characters) if c not in " ,-"
    }
    assert ENCODER.scripts == ("CJK", "CYRILLIC", "HANGUL", "HIRAGANA", "LATIN")
    assert ENCODER.vocabulary_size == 2 + 5 + len(characters)
    assert ENCODER.encode("川q") == [2 + 0, 2 + 4]  # neither was in training
    assert ENCODER.encode("ב7") == [1, 1]  # no letter of its script was; no script
    assert ENCODER.encode("") == [1]
    assert len(ENCODER.encode("김" * 200)) == MAX_IDS


def test_of_symbols_an_unknown_one_says_nothing():
    encoder = LetterEncoder.from_texts(["a 😀", "B 😡"], symbols=True, keep_case=True)
    assert "B" in encoder.characters
    assert [encoder.recognises(text) for text in ("😀", "🦄", "q", "1")] == [True, False] * 2
