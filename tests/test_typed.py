"""Surnames as people type them: with titles, initials, suffixes, degrees, numbers."""

import csv
import gzip

import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from model import TextClassifier
from model.tabs.name import letters_value
from model.tabs.page_model import PageModel
from model.tasks.typed import ANYWHERE, BEFORE, BEHIND, IN_CAPITALS, WITH_STOP, as_typed

FILES = "names_train names_test native_train native_test common names_forms given_names"
INITIAL = {"Hans D"}  # a given name of the data, with an initial
FORMS = {
    "Mr. Hart": "Hart",
    "dr hart": "hart",
    "Prof. Dr. med. Hart": "Hart",
    "Herr Hart": "Hart",
    "Mme. Hart": "Hart",
    "Sig.ra Conti": "Conti",
    "J. K. Hart": "Hart",
    "J.K.Hart": "Hart",
    "J.-P. Hart": "Hart",
    "Hart, J.": "Hart",
    "Hart J": "Hart",
    "Mary J. Hart": "Mary Hart",
    "Hart Jr.": "Hart",
    "Mary Hart III": "Mary Hart",
    "Hart, Ph.D.": "Hart",
    "Mary Hart, MA, BS": "Mary Hart",
    "Hart, Mrs. Mary": "Hart, Mary",
    "Hart 99": "Hart",
    "3rd Hart": "Hart",
    "Hart (1990)": "Hart",
    'Mary "Polly" Hart': "Mary Hart",
    "“Hart”": "Hart",
    "(Hart)": "Hart",
    "г-жа Белова": "Белова",
    "κ. Δήμου": "Δήμου",
    "السيدة خوري": "خوري",
    "د. خوري": "خوري",
    "林さん": "林",
    "林 先生": "林",
    "박지영 씨": "박지영",
}
UNTOUCHED = [*"Herr Lord Mr. 99 先生".split(), "Jack Ma", "Dr. 99", "Jack Lord"]
UNTOUCHED += ["O Brien", "Pi i Margall", "St. Clair"]


def names_of_the_data():
    for stem in FILES.split():
        with gzip.open(
            ROOT / "data" / f"{stem}.csv.gz", "rt", encoding="utf-8"
        ) as file:
            for name, *_ in csv.reader(file):
                yield name


@pytest.mark.parametrize(("text", "name"), FORMS.items())
def test_only_the_name_is_read(text, name):
    assert as_typed(text).name == name


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_may_be_the_name_itself_stays(text):
    assert as_typed(text) == (text, ())


def test_what_is_left_out_is_named_in_the_order_typed():
    typed = as_typed("Dr. Mary “Polly” Hart (1990), PhD")
    assert typed.left_out == ("Dr.", "“Polly”", "(1990)", "PhD")


def test_no_name_of_the_data_is_changed():
    changed = {name for name in names_of_the_data() if as_typed(name) != (name, ())}
    assert changed == INITIAL


WORDS = [*ANYWHERE, *BEFORE, *WITH_STOP, *IN_CAPITALS, *BEHIND]
WORDS += "Ma Jo O E J. J.K. , . - ( ) ' ’ \" 9 3rd Müller De y 林 Белов".split()
PIECES = st.sampled_from([*WORDS, *map(str.title, WORDS)])
TYPED = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=7)


@given(TYPED, st.sampled_from(["", " "]))
@example(["miss", "선생님", "a"], " ")
def test_reading_what_was_read_changes_nothing_more(pieces, between):
    name = as_typed(between.join(pieces)).name
    assert as_typed(name) == (name, ())


@given(TYPED, st.sampled_from(["", " "]))
def test_a_letter_is_left_where_there_was_one(pieces, between):
    text = between.join(pieces)
    name = as_typed(text).name
    assert any(map(str.isalpha, name)) == any(map(str.isalpha, text))


@pytest.fixture(scope="module")
def classifier():
    return TextClassifier.load(ROOT / "model" / "weights" / "names")


def test_the_answer_is_that_of_the_name(classifier):
    bare = classifier.answer("Müller")
    typed = classifier.answer("Prof. Müller, PhD")
    assert typed.text == "Prof. Müller, PhD"
    assert typed.read == "Müller"
    assert typed.notes == ["Left out: “Prof.”, “PhD”."]
    assert typed.predictions == bare.predictions
    assert typed.verdict == bare.verdict
    assert typed.known == bare.known
    assert typed.romanised == bare.romanised


def test_letters_show_what_was_read(classifier):
    page = PageModel("names", classifier)
    bare = letters_value(page, "Müller")
    assert letters_value(page, "Prof. Müller, PhD") == bare


def test_a_text_that_could_not_be_read_still_cannot(classifier):
    assert classifier.problem_with("Dr. Smith" + 100 * "x").startswith("This text has")
    assert classifier.problem_with("(99)") == classifier.problem_with("99")
