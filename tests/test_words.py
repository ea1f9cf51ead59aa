"""Texts as words: those of reviews, and those of custom tasks, where symbols are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.tasks.reviews import WORDS
from model.tasks.task import length_notes
from model.words import MAX_WORDS, WordEncoder, cut

ENCODER = WordEncoder.from_texts(["it is n't a good film", "a well-made film", "good , but long !"])


@pytest.mark.parametrize(
    ("typed", "in_the_treebank"),
    [
        ("It isn't good.", "It is n't good ."),
        ("It’s bad, can’t you see?", "It 's bad , ca n't you see ?"),
        ("we cannot go", "we can not go"),
        ('a "cult" (film)', "a `` cult '' -LRB- film -RRB-"),
        ("LONG... and dull—very", "long ... and dull -- very"),
        ("Café", "cafe"),
    ],
)
def test_what_people_type_is_read_as_the_treebank_writes_it(typed, in_the_treebank):
    assert cut(typed) == cut(in_the_treebank)


def test_words_have_their_marks_apart_and_case_does_not_count():
    assert cut("A well-made film, isn't it?") == [
        *("a", "well-made", "film", ",", "is", "n't", "it", "?")
    ]
    encoder = WordEncoder.from_texts(["good film", "Good GOOD night"])
    assert encoder.words == "film good night"
    assert encoder.encode("GOOD day") == [3, 1]  # 1 is any unknown word
    assert encoder.encode(" ") == []
    of_parts = WordEncoder("- long well-made")  # a compound that is not known is read part by part
    assert of_parts.encode("well-made long-winded") == [4, 3, 2, 1]


def test_a_text_of_ten_thousand_words_is_cut_and_says_so():
    long = "good film " * 5000
    assert len(ENCODER.encode(long)) == MAX_WORDS
    assert length_notes(long, ENCODER.read(long)) == [f"Only the first {MAX_WORDS} words are read."]
    assert length_notes("short", ["good"] * MAX_WORDS) == []
    assert sum(n for _, n in ENCODER.pieces(long)) == MAX_WORDS


def test_nothing_to_read_is_refused():
    for text in ("", " \n", "\u200b", None, 7):
        with pytest.raises(InputError):
            WORDS.read(text, ENCODER.read)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_pieces_are_the_text_as_typed(text):
    pieces = ENCODER.pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    if text.isascii():
        assert sum(n for _, n in pieces) == len(ENCODER.encode(text))


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
def test_symbols_are_words_and_unspaced_scripts_are_read_by_character(typed, words):
    assert cut(typed, symbols=True) == words.split()


def test_what_is_not_known_whole_is_read_in_parts_and_case_is_kept():
    encoder = WordEncoder.from_texts(["NATO C# 🇩🇪 nato"], symbols=True, keep_case=True)
    assert encoder.words == "C# NATO nato 🇩🇪"
    assert encoder.read("C++ Abc 🇫🇷 NATO") == ["C", "+", "+", "Abc", "🇫", "🇷", "NATO"]
    assert [encoder.recognises([word]) for word in ("🇩🇪", "🇫", "NATO", "Nato")] == [1, 0, 1, 0]


@given(st.text(max_size=60), st.characters(categories=["So", "Sc", "Sm"]))
def test_of_any_script_the_pieces_are_the_text_and_no_id_and_no_symbol_is_lost(text, symbol):
    assert cut(symbol, symbols=True) != []
    encoder = WordEncoder.from_texts([text[::2]], symbols=True)
    pieces = encoder.pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert sum(n for _, n in pieces) == len(encoder.encode(text))
