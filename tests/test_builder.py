"""The dataset's builder by hand on small inputs, and that the committed files are frozen.

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
from data.builder import packages, persons, pretraining
from data.builder.choose import MIN_SHARE, languages_of
from data.builder.evidence import Evidence
from data.builder.romanisation import to_cyrillic
from data.builder.spelling import clean_spelling
from model.errors import InputError
from model.tasks.names import WORDS


def evidence(name, persons=(), **fields):
    return Evidence(name.lower(), persons=Counter(persons), spellings=Counter([name]), **fields)


def test_names_are_written_as_entries():
    long = {"An-extremely-long-surname": None, "Łukaszewicz-Ångström": "Lukaszewicz-Angstrom"}
    cases = {"ß": "Ss", "o’brien": "O'Brien", "MCDONALD": "McDonald", "Smith2": None, **long}
    assert {text: clean_spelling(text) for text in cases} == cases


def test_cyrillic_alphabets_by_hand():
    groups = {
        "Montenegrin": {"Džajić": "Џајић", "Ljubiša": "Љубиша", "Qureshi": None, "Jovanovic": None},
        "Bulgarian": {"Shtereva": "Щерева", "Yanchulova": "Янчулова", "Tsankov": "Цанков"},
        "Macedonian": {"Kjosev": "Ќосев"},
    }
    for group, cyrillic in groups.items():
        assert {name: to_cyrillic(name, group) for name in cyrillic} == cyrillic


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


def test_a_name_shared_evenly_keeps_both_languages_and_an_outside_nation_takes_it_away():
    shared = evidence("X", {"French": 50, "German": 60}, rates={"French": 1e-3, "German": 1e-3})
    assert languages_of(shared, set()) == {"French", "German"}
    few = 1e-3 * MIN_SHARE / (1 - MIN_SHARE) * 0.99  # just under the share that a label needs
    shared.rates["German"] = few
    assert languages_of(shared, set()) == {"French"}
    rates = {"German": 5e-4, "Norwegian": 6e-3}
    hansen = evidence("Hansen", {"German": 30, "Norwegian": 100}, rates=rates)
    assert languages_of(hansen, set()) == set()


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


def test_the_data_files_are_those_whose_texts_may_be_published():
    """After data.build has made other files, model/tasks/names.toml needs their sums."""
    files = (ROOT / "data").glob("*.csv.gz")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert sums == WORDS.shipped_files


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


HEADER = "name,language,verdict,comment\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEADER + "Novak,Czech,right,\nCerny,Czech,wrogn,\n", ", line 3: "),
        (HEADER + "Novak,Czech\n", ", line 2: the columns must be name,language,verdict,comment"),
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
