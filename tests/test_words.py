"""What the networks read: letters and marks of names, words of reviews, symbols of custom tasks."""

import unicodedata

import pytest
from conftest import read_as
from hypothesis import given
from hypothesis import strategies as st
from models import rows_of

from model.errors import InputError
from model.tasks.reviews import REVIEWS
from model.tasks.task import length_notes
from model.text.letters import MAX_IDS, LetterEncoder, decompose
from model.text.words import MAX_WORDS, WordEncoder, cut

ENCODER = WordEncoder.from_texts(
    ["it is n't a good film", "a well-made film", "good , but long !"]
)
NAMES = ["Müller", "Иванов", "さとう", "김", "山田", "O'Brien"]
LETTERS = LetterEncoder.from_texts(NAMES)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("MÜLLER", "mu\u0308ller"),  # a letter and its mark, however they were typed
        ("ﬁne", "fine"),
        ("Straße", "strasse"),
        ("İnce", "ince"),
        ("Нагой", "нагои\u0306"),
        ("박", "\u1107\u1161\u11a8"),  # three jamo
        ("ㄹㅠ", "\u11af\u1172"),  # two keys, not the syllable of the next row
        ("ㄱㅎ", "\u11a8\u11c2"),  # the first consonant and the last one
        ("ｻﾄｳ", "サトウ"),
        ("ガ", "カ\u3099"),
        ("O’Neill", "o'neill"),
        ("O`Hara O´é Oˈx", "o'hara o'e\u0301 o'x"),
        ("Smith‑Jones", "smith-jones"),
        ("  de \u3000 la\tCruz ", "de la cruz"),
        ("Ro\u200bssi🙂", "rossi"),
    ],
)
def test_a_text_is_read_letter_by_letter(text, read):
    assert decompose(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("€5.00 ★→", "€5.00 ★→"),
        ("❤️ 👩\u200d🚀", "❤ 👩🚀"),  # a variation selector and a joiner
        ("👍🏽", "👍🏽"),  # the tone is a letter of its own
        ("A\u200bb\0\u00ad Я", "Ab Я"),
    ],
)
def test_symbols_are_letters_unless_they_are_invisible(text, read):
    assert decompose(text, symbols=True, keep_case=True) == read


@given(st.text(max_size=40))
def test_every_way_to_compose_a_text_is_read_alike_and_reading_it_again_changes_nothing(
    text,
):
    read = decompose(text)
    assert decompose(read) == read
    assert decompose(unicodedata.normalize("NFC", text)) == read
    assert decompose(unicodedata.normalize("NFD", text)) == read


def test_a_letter_has_its_id_the_one_of_its_script_or_is_unknown():
    characters = sorted(set(" ,'-").union(*map(decompose, NAMES)))
    first = 2 + len(LETTERS.scripts)
    ids = {character: first + i for i, character in enumerate(characters)}
    assert LETTERS.vocabulary_size == first + len(characters)
    for name in NAMES:
        assert LETTERS.encode(name) == [ids[character] for character in decompose(name)]
    assert LETTERS.scripts == ("CJK", "CYRILLIC", "HANGUL", "HIRAGANA", "LATIN")
    assert LETTERS.encode("川q") == [2 + 0, 2 + 4]
    assert LETTERS.encode("ב7") == [1, 1]
    assert LETTERS.encode("") == [1]
    assert len(LETTERS.encode("김" * 200)) == MAX_IDS


def test_an_unknown_letter_has_the_narrowest_kind_that_training_met_often():
    """Ten Han characters of Japan alone have a kind of their own, which another one is read as."""
    encoder = LetterEncoder.from_texts(["沢広辺竜斎徳栄桜滝込", "山田"])
    narrow, wide = map(encoder.scripts.index, ("CJK cp932", "CJK"))
    assert encoder.encode("髙沖轩") == [2 + narrow, 2 + wide, 2 + wide]
    few = LetterEncoder.from_texts(["沢広辺竜斎徳栄桜滝", "山田"])
    assert few.scripts == ("CJK",)


def test_of_symbols_an_unknown_one_says_nothing():
    encoder = LetterEncoder.from_texts(["a 😀", "B 😡"], symbols=True, keep_case=True)
    assert "B" in encoder.characters
    assert encoder.recognises("😀")
    assert not encoder.recognises("🦄")
    assert encoder.recognises("q")  # a letter of a script that is known
    assert not encoder.recognises("1")


@pytest.mark.parametrize(
    ("typed", "in_the_treebank"),
    rows_of("""
It isn't good. | It is n't good .
It’s bad, can’t you see? | It 's bad , ca n't you see ?
we cannot go | we can not go
a "cult" (film) | a `` cult '' -LRB- film -RRB-
LONG... and dull—very | long ... and dull -- very
Café | cafe
"""),
)
def test_what_people_type_is_read_as_the_treebank_writes_it(typed, in_the_treebank):
    assert cut(typed) == cut(in_the_treebank)


def test_words_have_their_marks_apart():
    words = cut("A well-made film, isn't it?")
    assert words == ["a", "well-made", "film", ",", "is", "n't", "it", "?"]


def test_the_case_of_words_does_not_count():
    encoder = WordEncoder.from_texts(["good film", "Good GOOD night"])
    assert encoder.words == "film good night"
    assert encoder.encode("GOOD day") == [3, 1]  # 1 is any unknown word
    assert encoder.encode(" ") == [1]


def test_an_unknown_compound_is_read_part_by_part():
    encoder = WordEncoder("- long well-made")
    assert encoder.encode("well-made long-winded") == [4, 3, 2, 1]


LONG = "good film " * 5000


def test_a_text_of_ten_thousand_words_is_cut_with_a_note():
    assert len(ENCODER.encode(LONG)) == MAX_WORDS
    note = f"Only the first {MAX_WORDS} words are read."
    assert length_notes(LONG, ENCODER.read_units(LONG)) == [note]
    assert length_notes("short", ["good"] * MAX_WORDS) == []


def test_a_vocabulary_has_the_most_frequent_words():
    texts = ["rare plot", "good film", "good plot", "a film , a good one"]
    assert WordEncoder.from_texts(texts, 4).words == "a film good plot"


@pytest.mark.parametrize("text", ["", " \n", "\u200b", None, 7])
def test_nothing_to_read_is_refused(text):
    with pytest.raises(InputError):
        read_as(REVIEWS.kind, text, ENCODER.read_units)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("I love it😀😀 ★", "i love it 😀 😀 ★"),
        ("👍🏽 ❤️ 👩\u200d🚀 🇩🇪🇫🇷", "👍 🏽 ❤ 👩 🚀 🇩🇪 🇫🇷"),
        ("€5.00, C# (or C++/F#)... .NET.", "€ 5.00 , c# ( or c++ / f# ) ... .net ."),
        ("今日はGoodだ。", "今 日 は good だ ."),
        ("ไทย ລາວ ខ្មែរ", "ไ ท ย ລ າ ວ ខ ្ ម ែ រ"),
        ("Ça va, Привет", "ca va , privet"),
    ],
)
def test_symbols_are_words_as_characters_of_unspaced_scripts_are(typed, words):
    assert cut(typed, symbols=True) == words.split()


CASED = WordEncoder.from_texts(["NATO C# 🇩🇪 nato"], symbols=True, keep_case=True)


def test_words_keep_their_case_and_an_unknown_symbol_is_read_in_parts():
    assert CASED.words == "C# NATO nato 🇩🇪"
    assert CASED.recognises(["NATO"])
    assert not CASED.recognises(["Nato"])
    assert CASED.read_units("C++ Abc 🇫🇷 NATO") == "C + + Abc 🇫 🇷 NATO".split()
    assert CASED.recognises(["🇩🇪"])
    assert not CASED.recognises(["🇫"])


def test_an_unknown_word_is_read_as_its_longest_known_pieces():
    encoder = WordEncoder("-ing -king -s blo block", in_pieces=True)
    assert encoder.read_units("blocking blo") == ["block", "-ing", "blo"]
    assert encoder.read_units("bloß blox") == ["blo", "-s", "-s", "blox"]


def test_pieces_are_learnt_from_words_of_few_texts_and_whole_words_kept():
    texts = ["rereading", "reading", "reading", "readding", "kings"]
    encoder = WordEncoder.from_texts(texts, in_pieces=True, whole={"kings"})
    assert encoder.read_units("reading kings") == ["reading", "kings"]
    assert encoder.read_units("reding") == ["re", "-ding"]


@pytest.mark.parametrize(
    ("symbols", "in_pieces"), [(False, False), (True, False), (True, True)]
)
@given(text=st.text(max_size=60))
def test_the_pieces_are_the_text_as_typed_with_all_its_words(symbols, in_pieces, text):
    texts = ["it is n't a good film", text[::2]]
    encoder = WordEncoder.from_texts(texts, in_pieces=in_pieces, symbols=symbols)
    pieces = encoder.pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    if symbols or text.isascii():
        n_words = sum(n for _, n in pieces)
        assert n_words == len(encoder.ids(encoder.read_units(text)))


@given(st.characters(categories=["So", "Sc", "Sm"]))
def test_no_symbol_is_lost(symbol):
    assert cut(symbol, symbols=True) != []
