"""Surnames as people type them: with titles, initials, degrees and numbers, and in full names."""

from collections import defaultdict
from itertools import chain

import pytest
from conftest import ROOT, SHIPPED
from hypothesis import example, given
from hypothesis import strategies as st
from models import load, rows_of

from data.builder.rows import unpacked
from model.answering import problem_with, read_text
from model.answers.known import Facts
from model.answers.reply import reply
from model.data.texts import match_key
from model.tabs.page_model import PageModel
from model.tabs.reading import view_of
from model.tasks.part import surname_part
from model.tasks.typed import WORDS, as_typed, doubt

FILES = "names_train names_test native_train native_test common names_forms given_names"
INITIAL = {"Hans D", "T Hart", "T Hooft"}  # as if with an initial
FORMS = dict(
    rows_of("""
Mr. Hart | Hart
dr hart | hart
Prof. Dr. med. Hart | Hart
Herr Hart | Hart
Mme. Hart | Hart
Sig.ra Conti | Conti
J. K. Hart | Hart
J.K.Hart | Hart
J.-P. Hart | Hart
Hart, J. | Hart
Hart J | Hart
Mary J. Hart | Mary Hart
Hart Jr. | Hart
Mary Hart III | Mary Hart
Hart, Ph.D. | Hart
Mary Hart, MA, BS | Mary Hart
Hart, Mrs. Mary | Hart, Mary
Hart 99 | Hart
E Hart | Hart
Hart E | Hart
T Hart | Hart
Mary E Hart | Mary Hart
C\u030capek | \u010capek
O‘Hara | O‘Hara
Mary ´Polly` Hart | Mary Hart
• Hart | Hart
—Hart… | Hart
¿Hart? | Hart
Hart’s | Hart
Hart¹ | Hart
#5 Hart | Hart
K\x1fim | Kim
Me\u200bssi | Messi
O\u200dBrien | OBrien
\u2764\ufe0f Kim | Kim
3rd Hart | Hart
Hart (1990) | Hart
Mary "Polly" Hart | Mary Hart
“Hart” | Hart
(Hart) | Hart
г-жа Белова | Белова
κ. Δήμου | Δήμου
السيدة خوري | خوري
د. خوري | خوري
林さん | 林
林 先生 | 林
박지영 씨 | 박지영
""")
)
UNTOUCHED = [*"Herr Lord Mr. 99 先生".split(), "Jack Ma", "Dr. 99", "Jack Lord"]
UNTOUCHED += [
    "PUIG I MORA",
    "García–Mora",
    "O`Hara",
    "O Brien",
    "Pi i Margall",
    "St. Clair",
]


def rows_in(stem):
    return unpacked(ROOT / "data" / f"{stem}.csv.gz")


def labels_of(stems):
    labels = defaultdict(set)
    for name, label, *_ in chain.from_iterable(map(rows_in, stems.split())):
        labels[match_key(name)].add(label)
    return labels


@pytest.mark.parametrize(("text", "name"), FORMS.items())
def test_only_the_name_is_read(text, name):
    assert as_typed(text).name == name


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_may_be_the_name_itself_stays(text):
    assert as_typed(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    rows_of("""
I love you | text
what is this | text
info@example.org | text
example.com | text
#hart | text
you | word
9 Hill Street, Hart | number
Hart 99 | number
9. Hart |
12) Mary Hart |
Hart 9 | number
Hart 2.0 | number
#9 Hart |
(Unknown) | placeholder
N/A | placeholder
last_name | placeholder
Ph.D. | title
Prof. Dr. | title
Null |
Anna Missing |
Mbembe |
Herr |
Will |
May Hart |
Mary Van Tu |
"""),
)
def test_what_is_no_name(text, expected):
    assert doubt(text) == expected


def test_hardly_a_name_of_three_words_is_taken_for_a_sentence():
    """At most five of a thousand."""
    rows = chain.from_iterable(map(rows_in, f"{FILES} attested pretraining".split()))
    names = {name for name, *_ in rows if len(name.split()) > 2}
    assert len(names) > 1000
    assert sum(doubt(name) == "text" for name in names) <= 5


def test_what_is_left_out_is_named_in_the_order_typed():
    typed = as_typed("Dr. Mary “Polly” Hart (1990), PhD")
    assert typed.left_out == ("Dr.", "“Polly”", "(1990)", "PhD")


def test_no_name_of_the_data_is_changed():
    rows = chain.from_iterable(map(rows_in, FILES.split()))
    changed = {name for name, *_ in rows if as_typed(name) != (name, ())}
    assert changed == INITIAL


BESIDE = "anywhere with_stop before in_capitals behind".split()
TYPED_WORDS = list(chain.from_iterable(WORDS[place] for place in BESIDE))
TYPED_WORDS += "Ma Jo O E J. J.K. , . - ( ) ' ’ \" 9 3rd Müller De y 林 Белов".split()
PIECES = st.sampled_from([*TYPED_WORDS, *map(str.title, TYPED_WORDS)])
TYPED = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=7)


@given(TYPED, st.sampled_from(["", " "]))
@example(["miss", "선생님", "a"], " ")
def test_what_was_read_is_read_again_as_it_is_and_a_letter_is_left(pieces, between):
    name = as_typed(between.join(pieces)).name
    assert as_typed(name) == (name, ())
    text = between.join(pieces)
    name = as_typed(text).name
    assert any(map(str.isalpha, name)) == any(map(str.isalpha, text))


SURNAMES = rows_of("""
hart | English
mora | Spanish
soler | Spanish
moral | Spanish
vantil | Dutch
tran | Vietnamese
kang | Korean
kim | Korean
ruth | English
лебедев | Russian
上田 | Japanese
田 | Chinese
李 | Chinese
강 | Korean
남 | Korean
남궁 | Korean
""")
SURNAMES = {name: labels.split() for name, labels in SURNAMES}
GIVEN_NAMES = rows_of("""
mary | English Irish
ruth | English
kim | English German
ana | Spanish
pyotr | Russian
пётр | Russian
三郎 | Japanese
娟 | Chinese
minh | Vietnamese
""")
GIVEN_NAMES = {name: labels.split() for name, labels in GIVEN_NAMES}


def word_of(surnames, given_names):
    """Return what the data have of a word with these labels."""
    shares = [(label, 1.0) for label in surnames]
    times = 2 * (bool(given_names) - bool(surnames))
    return Facts(shares, given=given_names, times=times)


def part_of(name):
    def known(text):
        key = match_key(text)
        return word_of(SURNAMES.get(key, []), GIVEN_NAMES.get(key, []))

    return surname_part(name, known)


FULL = dict(
    rows_of("""
Mary Hart | Hart
Hart Mary | Hart
Hart, Mary Ruth | Hart
Til, Joris van | van Til
HOLM Mary | HOLM
JK Hart | Hart
Hart MJ | Hart
Mora Soler, Ana | Mora
De Mora Hart, Ana | De Mora Hart
MARY HART | HART
Ana Mora Soler | Mora
Ana Mora Unheard | Mora
Joris van Til | van Til
Tran Quoc Minh | Tran
Tran Quoc-minh | Tran
Mary Kang Hae-won | Kang
Mary Kang Hart-Ruth | Hart-Ruth
Ana Mora y Hart | Mora
Hart i Mora | Hart
Ana de Mora Soler | de Mora
Minh Tran | Tran
Kang Hae-won | Kang
Kim Mary Hart | Hart
Пётр Лебедев | Лебедев
Лебедев Пётр | Лебедев
上田三郎 | 上田
上田 三郎 | 上田
上田マリ | 上田
李秀文 | 李
李文 | 李
李娟 | 李
李さゆり | 李
강지원 | 강
남궁지원 | 남궁
Solermoral | Soler
De Vries, Jan | De Vries
さとう たろう | さとう
""")
)
WHOLE = ["O'Brien", "佐藤", "上田辺", "김수", "王 Wei", "Hartmora"]
WHOLE += ["De Vries", "van der Berg", "Di Caprio", "El Amrani", "O Sullivan", "أبو زيد"]


@pytest.mark.parametrize(("name", "surname"), FULL.items())
def test_the_surname_of_a_full_name_is_found_by_the_names_of_the_data(name, surname):
    assert part_of(name).text == surname


def test_what_is_too_long_for_a_name_is_not_taken_apart():
    text = "Mora y " * 20_000 + "Hart"
    assert part_of(text).text == text


@pytest.mark.parametrize("name", WHOLE)
def test_what_may_be_one_surname_is_not_taken_apart(name):
    part = part_of(name)
    assert part.text == name
    assert part.notes(name) == []


def test_the_note_says_what_is_not_certain():
    (note,) = part_of("Kim Ruth").notes("Kim Ruth")
    assert note == "“Ruth” is read as the surname; “Kim” may be one, too."
    (note,) = part_of("Abc Xyz").notes("Abc Xyz")
    assert note.startswith("“Xyz” is read as the surname, which is not always right.")
    assert part_of("Kim Kim").notes("Kim Kim") == ["“Kim” is read as the surname."]


def test_of_words_that_nobody_knows_all_are_read(classifier):
    answer = classifier.answer("Abcd Xyzq")
    assert (answer.surname, reply(answer)["part"]) == ("Abcd Xyzq", "")
    (note,) = answer.notes
    assert note.startswith("Several words, none of which is a surname in our data")


@pytest.mark.parametrize("text", ["習近平", "习近平", "金大中"])
def test_of_a_name_in_han_the_bearers_of_its_surname_are_heard(text, classifier):
    """But a given name in kana tells more than they."""
    surname = classifier.answer(text[0])
    alone = pytest.approx(dict(surname.predictions), abs=1e-5)
    assert dict(classifier.answer(text).predictions) == alone
    assert classifier.answer("林めぐみ").verdict.labels == ("Japanese",)


def test_a_held_out_surname_is_hardly_ever_taken_apart():
    """Where the look-up lacks it alone: at most one in 50 of those in their own script.

    Two characters in Han may be a Chinese full name.
    """
    surnames = labels_of("names_train native_train native_test common")
    given_names = labels_of("given_names")
    held_out = [name for name, *_ in rows_in("native_test")]

    def part_without(name):
        lacking = match_key(name)

        def known(text):
            key = match_key(text)
            return word_of(surnames[key] if key != lacking else (), given_names[key])

        return surname_part(name, known)

    cut = [name for name in held_out if part_without(name).text != name]
    assert len(cut) <= len(held_out) / 50


@pytest.fixture(scope="module")
def classifier():
    return load(SHIPPED)


def test_answer_and_letters_are_those_of_the_name(classifier):
    bare = classifier.answer("Müller")
    typed = classifier.answer("Prof. Müller, PhD")
    assert typed.text == "Prof. Müller, PhD"
    assert typed.name == "Müller"
    assert typed.notes == ["Left out: “Prof.”, “PhD”."]
    assert typed.predictions == bare.predictions
    assert typed.verdict == bare.verdict
    assert typed.known == bare.known
    assert typed.romanised == bare.romanised
    page = PageModel("names", classifier)
    bare = view_of(page, "Müller")["letters"]
    typed = "Prof. Müller, PhD"
    assert view_of(page, typed)["letters"] == bare | {"text": typed}


def test_a_text_that_could_not_be_read_still_cannot(classifier):
    assert problem_with(classifier.model, "Dr. Smith" + 100 * "x").startswith(
        "This text has"
    )
    assert problem_with(classifier.model, "(99)") == problem_with(
        classifier.model, "99"
    )


@pytest.mark.parametrize(
    ("name", "surname"),
    rows_of("""
Pablo Shevchenko | Shevchenko
Jean Nakamura | Nakamura
JK Novak | Novak
MARIO NOVAK | NOVAK
Minh Nguyen | Nguyen
ﾅｶﾑﾗ ﾊﾅｺ | ﾅｶﾑﾗ
〆木 太郎 | 〆木
Ayşe İ Demir | Demir
Cem BİN Yusuf | BİN Yusuf
"""),
)
def test_the_surname_of_a_full_name(classifier, name, surname):
    assert classifier.answer(name).surname == surname


def test_a_given_name_of_other_peoples_says_so(classifier):
    answer = classifier.answer("László")
    assert answer.verdict.kind == "given"
    assert answer.facts.given == ("Hungarian",)
    verdict = classifier.answer("I love you").verdict
    assert verdict == ("text", (), 1.0, "network", "text")


def test_of_a_full_name_the_surname_is_looked_up(classifier):
    answer = classifier.answer("Hannelore Müller")
    assert answer.known == classifier.answer("Müller").known
    assert answer.name == "Hannelore Müller"
    assert read_text(
        classifier.model, "Hannelore Müller"
    ).units == classifier.model.encoder.read_units(answer.name)
