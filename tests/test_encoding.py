import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.core import CharacterEncoder, normalise, pad_ids
from model.data.texts import match_key
from model.errors import InputError
from model.letters import decompose
from model.tasks.names import NAMES, in_latin, notes
from model.tasks.reviews import REVIEWS

ENCODER = CharacterEncoder()


def test_the_lecture_encoder_gives_the_lecture_s_ids_and_padding_and_reads_other_letters_in_ascii():
    """Of names that the lecture pads in its figure, with their code points worked out by hand."""
    ids, lengths = pad_ids([ENCODER.encode(name) for name in ("Maclean", "Usami")])
    assert lengths.tolist() == [7, 5]
    assert ids.tolist() == [
        [77, 97, 99, 108, 101, 97, 110],
        [85, 115, 97, 109, 105, 0, 0],
    ]
    assert ENCODER.encode("aA~") == [97, 65, 126]
    assert ENCODER.encode(" Mü \t L") == [77, 117, 32, 76]
    assert (
        ENCODER.encode("") == ENCODER.encode("\x00") == ENCODER.encode("🙂") == [1]
    )  # unknown
    assert ENCODER.encode("\x7f") == [ENCODER.vocabulary_size - 1]


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
def test_a_key_keeps_the_script_and_its_marks_and_drops_case_and_composition(
    one, same, other
):
    assert match_key(one) == match_key(same) != match_key(other)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (5, "needed, not int"),
        ("a" * 101, "101 characters, and a surname may have at most 100"),
        (" \t", "is empty"),
        ("12?!🙂", "no letter"),
        (
            "щ" * 80,
            "letters and marks when taken apart, and a surname may have at most 300",
        ),
        ("\ufdfa" * 90, "mostly marks, or ligatures of many letters"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_in_one_line(text, reason):
    with pytest.raises(InputError, match=rf"^.*{reason}.*: give a surname\.$"):
        NAMES.kind.read(text, normalise)


def test_a_long_text_with_marks_is_read_and_one_that_unicode_makes_long_is_not():
    with pytest.raises(InputError, match="mostly marks, or ligatures of many letters"):
        REVIEWS.kind.read("\ufdfa" * 20_000, lambda _: pytest.fail("it was read"))
    for text in ("김치찌개 " * 4_000, "Việt Nam ế " * 4_000, "ᾂδειν " * 4_000):
        assert REVIEWS.kind.read(text, str.split) == text.split()


@pytest.mark.parametrize(
    ("texts", "family"),
    [
        (["O'Brien", "佐藤", "Smith,", ", Smith", "Kim 42"], None),
        (["남궁민", "김수", "佐藤太郎", "王 Wei"], None),  # could be either
        (["De Vries", "van der Berg", "Di Caprio", "El Amrani", "O Sullivan"], None),
        (["De Vries, Jan"], "De Vries"),
        (["김 민수", "김민수"], "김"),
        (["さとう たろう"], "さとう"),
    ],
)
def test_a_note_names_the_surname_where_it_is_clear(texts, family):
    for text in texts:
        found = notes(text, decompose(text))
        assert found == ([f"“{family}” is read as the surname."] if family else [])
    (note,) = notes(
        "Jan van der Berg", "jan van der berg"
    )  # may be several words of a surname
    assert note.startswith("Several words:")


@pytest.mark.parametrize(
    ("texts", "latin"),
    [
        (["Щукин", "щукин", "ЩУКИН"], {"Shchukin"}),
        (["Римский-Корсаков"], {"Rimskiy-Korsakov"}),
        (["たけだ", "タケダ"], {"Takeda"}),
        (
            ["さとう", "はっとり", "いのうえ", "しんいち", "サトー", "林", "佐藤 一"],
            {None},
        ),
        (
            ["Müller", "Παπαδόπουλος", "محمد", "כהן", "박근혜", "李", "Київ", "नाइक"],
            {None},
        ),
    ],
)
def test_the_page_has_a_name_in_latin_letters_only_where_its_letters_decide_them(
    texts, latin
):
    assert {in_latin(text, "Russian", {"林": "Hayashi"}) for text in texts} == latin
    assert in_latin("林", "Japanese", {"林": "Hayashi"}) == "Hayashi"
