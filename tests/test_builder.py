"""The dataset's builder on small inputs, by hand, and that the committed files are frozen.

test_data.py has the rules that the files keep.
"""

import hashlib
import io
import pickle
import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import ROOT

from data import audit
from data.builder import curated, packages, persons, pretraining, rows
from data.builder.choose import MIN_SHARE, languages_of
from data.builder.evidence import Evidence
from data.builder.given import closed_set_names
from data.builder.languages import CLOSED_SETS, CURATED, LANGUAGES
from data.builder.lists import Name
from data.builder.romanisation import to_cyrillic
from data.builder.spelling import clean_spelling, loose_key, with_marks
from model.errors import InputError
from model.tasks.names import WORDS


def evidence(name, persons=(), **fields):
    return Evidence(name.lower(), persons=Counter(persons), spellings=Counter([name]), **fields)


# ------------------------------------------------------------------------- spelling of single names


def test_names_are_written_as_entries():
    long = {"An-extremely-long-surname": None, "Łukaszewicz-Ångström": "Lukaszewicz-Angstrom"}
    cases = {"ß": "Ss", "o’brien": "O'Brien", "MCDONALD": "McDonald", "Smith2": None, **long}
    assert {text: clean_spelling(text) for text in cases} == cases


def test_marks_are_kept_where_nothing_else_differs():
    cases = {
        "MÜLLER": ("Muller", "Müller"),
        "van der Weÿden": ("Van der Weyden", "Van der Weÿden"),
        "d’Aubigné": ("D'Aubigne", "D'Aubigné"),
        "De La Peña": ("De la Pena", "De la Pena"),  # another form than the usual one
        "Agyεman": ("Agyeman", "Agyeman"),  # a Greek letter
    }
    assert {text: (s, with_marks(text, s)) for text, (s, _) in cases.items()} == cases


@pytest.mark.parametrize(
    ("group", "cyrillic"),
    [
        ("Montenegrin", {"Džajić": "Џајић", "Ljubiša": "Љубиша", "Qureshi": None}),
        ("Montenegrin", {"Jovanovic": None}),  # which of its marks are lost?
        ("Bulgarian", {"Shtereva": "Щерева", "Yanchulova": "Янчулова", "Tsankov": "Цанков"}),
        ("Bulgarian", {"Doychinov": "Дойчинов"}),
        ("Macedonian", {"Kjosev": "Ќосев"}),
    ],
)
def test_cyrillic_alphabets_by_hand(group, cyrillic):
    assert {name: to_cyrillic(name, group) for name in cyrillic} == cyrillic


def test_the_loose_key_tells_names_apart_that_letters_do():
    assert loose_key("أحمد") == loose_key("احمد") != loose_key("حمد")
    assert loose_key("عطية") == loose_key("عطيه")
    assert loose_key("موسى") == loose_key("موسي")
    assert loose_key("Семёнов") == loose_key("Семенов") != loose_key("Симонов")
    assert loose_key("がとう") != loose_key("かとう")


def test_where_the_surname_stands():
    cases = {
        ("Anna von der Heide", "German"): "Heide",
        ("Léa d’Aubigné", "French"): "d’Aubigné",
        ("Rui dos Santos", "Portuguese"): "dos Santos",
        ("Lan Nguyen", "Vietnamese"): "Nguyen",
        ("Nora Ní Bhriain", "Irish"): None,
        ("Omar al-Masri", "Arabic"): "al-Masri",
    }
    assert {case: persons.surname_of(case[0].split(), case[1]) for case in cases} == cases


# ---------------------------------------------------------------------------------- which languages


def test_a_name_shared_evenly_keeps_both_languages():
    shared = evidence("X", {"French": 50, "German": 60}, rates={"French": 1e-3, "German": 1e-3})
    assert languages_of(shared, set()) == {"French", "German"}
    few = 1e-3 * MIN_SHARE / (1 - MIN_SHARE) * 0.99  # just under the share that a label needs
    shared.rates["German"] = few
    assert languages_of(shared, set()) == {"French"}


def test_an_outside_nation_takes_a_name_away():
    rates = {"German": 5e-4, "Norwegian": 6e-3}
    hansen = evidence("Hansen", {"German": 30, "Norwegian": 100}, rates=rates)
    assert languages_of(hansen, set()) == set()


def test_the_groups_of_a_pretraining_name():
    two = {"German", "Norwegian"}
    for counted, listed, groups in [
        ({"German": 4, "Norwegian": 1}, {}, two),
        ({"German": 5, "Norwegian": 1}, {}, {"German"}),
        ({"German": 5, "Norwegian": 1}, {"Norwegian": {"faker"}}, two),
        ({"German": 1}, {"Hungarian": {"faker", "mimesis"}}, {"German", "Hungarian"}),
        ({"American": 100}, {"Belgian": {"x"}}, set()),
        ({"German": 0.5}, {"Czech": set()}, {"German"}),
    ]:
        assert pretraining.strongest_groups(evidence("X", counted, sources=listed)) == groups


# ---------------------------------------------------------------------------- the pretraining file


@pytest.fixture
def no_chinese_lists(monkeypatch):
    files = {"package/index.json": b"[]", "opencc/dictionary/STCharacters.txt": b""}
    monkeypatch.setattr(pretraining, "content", lambda package, path: files[path])
    monkeypatch.setattr(pretraining.mash, "NUMBER", 0)
    monkeypatch.setattr(pretraining, "MIN_NAMES", 2)


@pytest.mark.usefixtures("no_chinese_lists")
def test_pretraining_rows_by_hand():
    counted = {
        "Amsel": {"German": 1, "Maltese": 1, "Tongan": 1},  # two small groups: one row of Other
        "Berg": {"Norwegian": 1},
        "Dahl": {"Norwegian": 9, "American": 90},
        "Smith": {"American": 7},
        "Ivanov": {"Bulgarian": 50},
        "Rossi": {"Hungarian": 50},
    }
    table = {name.lower(): evidence(name, found) for name, found in counted.items()}
    table["berg"].written.update({("Norwegian", "Bérg"): 11, ("Norwegian", "Bêrg"): 1})
    table["dahl"].written.update({("Norwegian", "Dahl"): 10, ("Norwegian", "Dåhl"): 1})
    assert pretraining.rows(table, [], [], [("Ivanov", "Russian")], {"rossi"}) == [
        ("Amsel", "German"),
        ("Amsel", "Other"),
        ("Bérg", "Norwegian"),
        ("Dahl", "Norwegian"),
        ("Dåhl", "Norwegian"),
        ("Ivanov", "Russian"),
    ]


@pytest.mark.usefixtures("no_chinese_lists")
def test_names_of_two_alphabets_are_in_both_unless_one_is_hidden():
    names = {"Njegoš": "Montenegrin", "Stanković": "Montenegrin", "Gjorgjevski": "Macedonian"}
    table = {}
    for name, group in names.items():
        table[name] = evidence(clean_spelling(name), {group: 1})
        table[name].written[group, name] = 1
    found = pretraining.rows(table, [], [], [], {"станковић"})
    assert {text for text, _ in found if not text[0].isascii()} == {"Његош", "Ѓорѓевски"}


@pytest.mark.usefixtures("no_chinese_lists")
def test_native_and_given_names_join_unless_they_are_hidden_or_of_the_train_file():
    names = [
        Name("Шевченко", "Russian", "x", "shevchenko"),
        Name("Шевченко", "Ukrainian", "y", "shevchenko"),
        Name("Шевченко", "Ukrainian", "z", "shevchenko"),
        Name("Фёдоров", "Ukrainian", "y", "fyodorov"),  # a Russian name of the train file
        Name("Ґалаґан", "Ukrainian", "y", "galagan"),  # may not be seen, as its Latin name
        Name("Бойко", "Ukrainian", "y", "boyko"),
    ]
    given = [
        ("Xiaoming", "Chinese"),
        ("Wei", "Chinese"),  # a surname of the train file
        ("Min-ho", "Korean"),  # a surname is spelled otherwise
        ("志明", "Chinese"),  # in Han
        ("민준", "Korean"),
        ("수아", "Korean"),  # sua must stay unseen
        ("Thành", "Vietnamese"),
        ("Giulia", "Italian"),
    ]
    table = {"minho": evidence("Minho"), "thanh": evidence("Thanh")}
    train = [("Федоров", "Russian"), ("Wei", "German")]
    assert pretraining.rows(table, names, given, train, {"galagan", "sua"}) == [
        ("Minho", "Korean"),
        ("Thành", "Vietnamese"),
        ("Xiaoming", "Chinese"),
        ("Бойко", "Ukrainian"),
        ("Федоров", "Russian"),
        ("Шевченко", "Russian"),
        ("Шевченко", "Ukrainian"),
        ("민준", "Korean"),
    ]


def test_rare_chinese_surnames_are_there_unless_a_form_is_hidden(monkeypatch):
    files = {
        "package/index.json": '["邓", "张", "刘", "仉", "范"]'.encode(),
        "opencc/dictionary/STCharacters.txt": "邓\t鄧\n张\t張\n刘\t劉\n范\t範 范\n".encode(),
    }
    monkeypatch.setattr(pretraining, "content", lambda package, path: files[path])
    train, hidden = [("张", "Chinese"), ("林", "Japanese")], {"劉", "liu", "zhang"}
    names = [Name("欧阳", "Chinese", "x", "ouyang"), Name("林", "Japanese", "x", "lin")]
    assert {text for text, _ in pretraining.chinese_rows(names, train, hidden)} == {
        *("仉", "張", "邓", "鄧", "范", "欧阳")
    }


def test_given_names_are_counted_beside_known_surnames(monkeypatch):
    vietnamese = [
        *("Nguyễn Văn Hùng", "Trần Van Hùng", "Lê Văn Huy", "Queen Trần", "Queen Nguyễn"),
        *("Henri Bao", "Paul Bao"),  # no known surname
        *("Nguyễn Anna", "Trần Anna", "Trần Tiger", "Lê Tiger"),  # more common elsewhere
    ]
    people = {name: ["Vietnamese"] for name in vietnamese}
    people |= {"Anna Berg": ["Norwegian"], "Olav Tiger": ["Norwegian"]}
    people["Trần Hai"] = ["Vietnamese", "French"]  # of two peoples
    monkeypatch.setattr(persons, "content", lambda *path: pickle.dumps(people))
    assert closed_set_names() == [("Vietnamese", name) for name in ("Văn", "Hùng", "Huy")]


# --------------------------------------------------------------------------------- files and faults


def test_the_data_files_are_those_whose_texts_may_be_published():
    """After data.build has made other files, model/tasks/names.toml needs their sums."""
    files = (ROOT / "data").glob("*.csv.gz")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert sums == WORDS.shipped_files


def test_packing_is_the_inverse_of_unpacking(tmp_path):
    found = [("O'Brien", "Irish"), ("Müller", "German"), ("山田", "Japanese")]
    (tmp_path / "x.gz").write_bytes(rows.packed(found))
    assert rows.unpacked(tmp_path / "x.gz") == found
    assert rows.packed(found)[3:8] == bytes(5)  # no flags, so no file name, and no time


def test_a_pickle_with_code_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="only plain data"):
        persons._NoClassUnpickler(io.BytesIO(pickle.dumps(Path("x")))).load()


def test_a_wrong_artifact_gets_one_clear_line(tmp_path, monkeypatch):
    package = {"file": "package.whl", "sha256": "0", "version": "1", "registry": "pip"}
    monkeypatch.setattr(packages, "PACKAGES", {"package": package})
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    (tmp_path / "package.whl").write_bytes(b"other")
    message = f"{tmp_path / 'package.whl'} has SHA-256 "
    with pytest.raises(InputError, match=f"{re.escape(message)}.*delete it and run again"):
        packages.fetch_all()


def test_curated_files_have_a_provenance_and_corrections_name_languages():
    assert set(CLOSED_SETS) <= set(CURATED)
    for path in (ROOT / "data" / "curated").glob("*.txt"):
        head = path.read_text(encoding="utf-8")[:600]
        assert head.startswith("#"), path.name
        assert "Provenance:" in head, path.name
    for sign in "-+":
        assert set().union(*curated.corrections(sign).values()) <= set(LANGUAGES)


HEADER = "name,language,verdict,comment\n"


def test_verdicts_and_names_not_read_yet_are_counted(tmp_path):
    path = tmp_path / "audit.csv"
    path.write_text(HEADER + "Novak,Czech,right,\nČerný,Czech,,\n\nHus,Czech,wrong,\n")
    assert "| Czech, Latin | 3 | 1 | 1 | 0 | 50.0 |" in audit.summary(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEADER + "Novak,Czech,right,\nCerny,Czech,wrogn,\n", ", line 3: "),
        (HEADER + "Novak,Czech\n", ", line 2: the columns must be name,language,verdict,comment"),
        (HEADER + "Novak,Czech,right,yes, it is\n", ", line 2: "),
        ("", ", line 1: "),
        (HEADER + "Müller,German,right,\n", " is not UTF-8"),
    ],
)
def test_an_unfit_audit_is_one_clear_line_and_stays(tmp_path, monkeypatch, capsys, text, line):
    monkeypatch.setattr(audit, "AUDIT", tmp_path / "audit.csv")
    audit.AUDIT.write_text(text, encoding="latin-1")
    assert audit.main() == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith(f"data.audit: {audit.AUDIT}{line}")
    assert audit.AUDIT.read_text(encoding="latin-1") == text
