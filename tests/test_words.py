import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.core import pad_ids
from model.errors import InputError
from model.tasks.reviews import WORDS
from model.tasks.task import length_notes
from model.words import MAX_CHARACTERS, MAX_WORDS, WordEncoder, cut

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


def test_words_keep_their_marks_apart():
    assert cut("A well-made film, isn't it?") == [
        *("a", "well-made", "film", ",", "is", "n't", "it", "?")
    ]


def test_other_words_are_unknown_and_case_does_not_count():
    encoder = WordEncoder.from_texts(["good film", "Good GOOD night"])
    assert encoder.words == "film good night"
    assert encoder.encode("GOOD day") == [3, 1]


def test_a_compound_that_is_not_known_is_read_part_by_part():
    encoder = WordEncoder("- long well-made")
    assert encoder.encode("well-made long-winded") == [4, 3, 2, 1]


def test_a_batch_is_padded_and_a_blank_text_has_a_length():
    ids, lengths = pad_ids([ENCODER.encode(text) for text in ("a good film", " ", "zounds")])
    assert lengths.tolist() == [3, 1, 1]
    assert ids[1].tolist() == [1, 0, 0]
    assert ids[0].tolist() == ENCODER.encode("a good film")


def test_a_text_of_ten_thousand_words_is_cut_and_says_so():
    long = "good film " * 5000
    assert len(ENCODER.encode(long)) == MAX_WORDS
    assert length_notes(long, ENCODER.read(long)) == [f"Only the first {MAX_WORDS} words are read."]
    assert length_notes("good film", ENCODER.read("good film")) == []
    assert sum(n for _, n in ENCODER.pieces(long)) == MAX_WORDS


def test_only_words_count_as_known():
    assert ENCODER.recognises(ENCODER.read("zounds, a film"))
    assert not ENCODER.recognises(ENCODER.read("zounds!"))


@pytest.mark.parametrize("text", ["", " \n", "\u200b", None, 7])
def test_nothing_to_read_is_refused(text):
    with pytest.raises(InputError):
        WORDS.read(text, ENCODER.read)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_pieces_are_the_text_as_typed(text):
    pieces = ENCODER.pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    if text.isascii():
        assert sum(n for _, n in pieces) == len(ENCODER.encode(text))


@pytest.mark.parametrize("words", ["good good", "gut süß", 7])
def test_a_damaged_vocabulary_is_refused(words):
    with pytest.raises(ValueError, match="words"):
        WordEncoder(words)


def test_a_note_says_that_only_the_first_words_are_read_where_there_are_more():
    assert length_notes("short", ["good"] * MAX_WORDS) == []
    (note,) = length_notes("long", ["good"] * (MAX_WORDS + 1))
    assert note == f"Only the first {MAX_WORDS} words are read."
    assert length_notes("x" * MAX_CHARACTERS, ["x"]) == []
    assert length_notes("x" * (MAX_CHARACTERS + 1), ["x"]) == [note]
