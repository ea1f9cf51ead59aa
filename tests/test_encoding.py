import unicodedata

import pytest
from conftest import read_as
from hypothesis import given
from hypothesis import strategies as st
from models import rows_of

from model.core import CharacterEncoder, normalise, pad_ids
from model.data.texts import match_key
from model.errors import InputError
from model.tasks.names import NAMES, in_latin
from model.tasks.reviews import REVIEWS

ENCODER = CharacterEncoder()


def test_ids_are_padded_as_in_the_lecture():
    """The names are those that the lecture pads in its figure."""
    ids, lengths = pad_ids([ENCODER.encode(name) for name in ("Maclean", "Usami")])
    assert lengths.tolist() == [7, 5]
    assert ids.tolist() == [
        [77, 97, 99, 108, 101, 97, 110],
        [85, 115, 97, 109, 105, 0, 0],
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("aA~", [97, 65, 126]),
        (" Mü \t L", [77, 117, 32, 76]),
        ("", [1]),  # unknown
        ("\x00", [1]),
        ("🙂", [1]),
        ("\x7f", [ENCODER.vocabulary_size - 1]),
    ],
)
def test_the_lecture_s_ids_are_code_points_of_ascii(text, ids):
    assert ENCODER.encode(text) == ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mu\u0308ller", "muller"),  # combining diaeresis
        ("Łukasiewicz", "lukasiewicz"),
        ("Иванов", "ivanov"),
        ("佐藤", "zuoteng"),
        ("  De \t Vries ", "de vries"),
    ],
)
def test_normalise_folds_what_is_one_name(text, expected):
    assert normalise(text) == expected


# Latin to its Extended-B block without µ, a Greek letter; and the letters of Vietnamese.
LATIN = st.characters(max_codepoint=0x24F, exclude_characters="µ")
VIETNAMESE = st.characters(min_codepoint=0x1E00, max_codepoint=0x1EFF)


@given(st.text(LATIN | VIETNAMESE))
def test_the_key_of_a_latin_text_is_the_letters_of_its_romanised_form(text):
    """As before other scripts had keys of their own: the split of data/ rests on it."""
    assert match_key(text) == "".join(c for c in normalise(text) if c.isalnum())
    assert match_key(match_key(text)) == match_key(text)


# Each pair is of one name; each tuple's two names are of different people.
@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("O\u2019BRIEN", "Ó Brien", "Bryen"),
        ("Yıldız", "YILDIZ", "Yaldız"),
        ("Иванов", "ИВАНОВ", "Ivanov"),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδοπουλος", "Papadopoulos"),
        ("스즈키", unicodedata.normalize("NFD", "스즈키"), "스즈기"),
        ("ｻﾄｳ", "サトウ", "さとう"),
        ("رستم‌پور", "رستم پور", "رستم"),
        ("शर्मा", "शर्मा ", "शर्मी"),
    ],
)
def test_the_keys_of_two_spellings_are_equal_where_they_are_one_name(one, same, other):
    assert match_key(one) == match_key(same)
    assert match_key(one) != match_key(other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (5, "needed, not int"),
        ("a" * 101, "101 characters, and a surname may have at most 100"),
        (" \t", "is empty"),
        ("12?!🙂", "no letter"),
        ("щ" * 80, "taken apart, and a surname may have at most 300"),
        ("\ufdfa" * 90, "mostly marks, or ligatures of many letters"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_in_one_line(text, reason):
    with pytest.raises(InputError, match=rf"^.*{reason}.*: give a surname\.$"):
        read_as(NAMES.kind, text, normalise)


def test_a_text_that_unicode_makes_long_is_refused_before_it_is_read():
    with pytest.raises(InputError, match="mostly marks, or ligatures of many letters"):
        read_as(REVIEWS.kind, "\ufdfa" * 20_000, lambda _: pytest.fail("it was read"))


@pytest.mark.parametrize("text", ["김치찌개 ", "Việt Nam ế ", "ᾂδειν "])
def test_a_long_text_with_marks_is_read(text):
    long = 4_000 * text
    assert read_as(REVIEWS.kind, long, str.split) == long.split()


READINGS = {"林": "Hayashi"}


@pytest.mark.parametrize(
    ("text", "latin"),
    rows_of("""
Щукин | Shchukin
щукин | Shchukin
ЩУКИН | Shchukin
Римский-Корсаков | Rimskiy-Korsakov
たけだ | Takeda
タケダ | Takeda
"""),
)
def test_a_name_is_in_latin_letters_where_its_letters_decide_them(text, latin):
    assert in_latin(text, "Russian", READINGS) == latin


JAPANESE = ["さとう", "はっとり", "いのうえ", "しんいち", "サトー", "林", "佐藤 一"]
OTHERS = ["Müller", "Παπαδόπουλος", "محمد", "כהן", "박근혜", "李", "Київ", "नाइक"]


@pytest.mark.parametrize("text", [*JAPANESE, *OTHERS])
def test_a_name_is_not_in_latin_letters_where_they_do_not_decide_it(text):
    assert in_latin(text, "Russian", READINGS) is None


def test_a_known_reading_is_in_latin_letters():
    assert in_latin("林", "Japanese", READINGS) == "Hayashi"
