"""The dataset's builder by hand on small inputs, and that the committed files are those measured.

test_data.py has the rules that the files keep.
"""

import gzip
import hashlib
import re
from collections import defaultdict

import pytest
from conftest import ROOT
from models import rows_of

from data.builder import attested, packages, shares
from data.builder.claims import Claims
from data.builder.forms import forms_of_women, other_forms, relatives, without
from data.builder.given import is_whole
from data.builder.languages import surname_of, to_cyrillic
from data.builder.pretraining import cyrillic_rows
from data.builder.rows import unpacked
from model.errors import InputError
from model.tasks.names import NAMES


@pytest.mark.parametrize(
    ("group", "latin", "cyrillic"),
    rows_of("""
Montenegrin | Džajić | Џајић
Montenegrin | Ljubiša | Љубиша
Bulgarian | Shtereva | Щерева
Bulgarian | Yanchulova | Янчулова
Bulgarian | Tsankov | Цанков
Macedonian | Kjosev | Ќосев
Ukrainian | Zahorodnii | Загородній
Ukrainian | Starytsky | Старицький
Ukrainian | Podilskyi | Подільський
Ukrainian | Shchedriienko | Щедрієнко
Ukrainian | Galagan | Ґалаґан
"""),
)
def test_a_name_is_written_in_the_alphabet_of_its_group(group, latin, cyrillic):
    assert to_cyrillic(latin, group) == cyrillic


@pytest.mark.parametrize(
    ("name", "group", "surname"),
    rows_of("""
Xxx Nguyễn Chí Yyy | Vietnamese | Nguyễn
Xxx Yyy Lê Văn Zzz | Vietnamese | Lê
Xxx Kim Yyygon | Korean | Kim
Xxmi Hwang | Korean | Hwang
Xxx Owens | Korean |
Ahmet Yyyak | Chinese |
Wang Zhao | Chinese | Wang
"""),
)
def test_a_given_name_is_not_the_surname_of_a_closed_set(name, group, surname):
    assert surname_of(name.split(), group) == surname


@pytest.mark.parametrize(
    ("language", "man", "woman"),
    rows_of("""
Czech | Novák | Nováková
Czech | Svoboda | Svobodová
Czech | Dvořáček | Dvořáčková
Czech | Němec | Němcová
Czech | Veselý | Veselá
Polish | Wiśniewski | Wiśniewska
Polish | Zawadzki | Zawadzka
Russian | Chekhov | Chekhova
Russian | Tolstoy | Tolstaya
Russian | Достоевский | Достоевская
Greek | Samaras | Samara
Greek | Παπαδόπουλος | Παπαδοπούλου
"""),
)
def test_a_woman_bears_the_form_of_a_mans_name(language, man, woman):
    assert forms_of_women(man, language)[0] == woman
    assert man in other_forms(woman, language)


@pytest.mark.parametrize(
    ("language", "name"),
    rows_of("""
Czech | Nováková
Czech | Martinů
Czech | Krejčí
Polish | Nowak
Russian | Shevchenko
German | Kaminski
"""),
)
def test_other_names_have_one_form(language, name):
    assert forms_of_women(name, language) == []


def test_a_form_of_a_test_name_is_left_out_of_its_language_and_those_outside():
    related = relatives([("Svobod", "Czech")])
    rows = [("Svobodová", group) for group in ("Czech", "Slovak", "German")]
    assert without(rows, related) == rows[2:]


def test_a_name_that_the_alphabet_or_a_missing_mark_leaves_open_has_no_cyrillic_form():
    assert to_cyrillic("Qureshi", "Montenegrin") is None
    assert to_cyrillic("Jovanovic", "Montenegrin") is None


def test_a_russian_name_of_ukrainians_is_not_respelt():
    names = "Yurskyi Babakova Tkach Rud".split()
    latin = [(name, "Ukrainian") for name in names] + [("Tkach", "Russian")]
    assert cyrillic_rows(latin, [("Руд", "Russian")]) == [("Юрський", "Ukrainian")]


def test_initials_titles_and_abbreviations_are_no_given_names():
    names = "A Al J Bo Md Prof Øy Tj Ия Rn М م 希 훈 あ".split()
    assert list(filter(is_whole, names)) == "Al Bo Øy Ия 希 훈 あ".split()


def test_bearers_are_averaged_over_countries_by_their_people(tmp_path, monkeypatch):
    cc0 = """Country,Rank,Index,Name Group,Localized Name,Romanized Name,Count,Percent
AA,,,AA-1,Попо́в,Popov,30,\nAA,,,AA-2,Ли,Li,5,\nAA,,,AA-2,,Lee,5,\nAA,,,AA-3,Лий,Li,1,
BB,,,BB-1,Попов,Popoff,20,\nBB,,,BB-2,Иванов,Ivanov,,"""
    path = tmp_path / "cc0_common_surnames_by_country.csv.gz"
    path.write_bytes(gzip.compress(cc0.encode()))
    (tmp_path / "x_pesel_y.csv.gz").write_bytes(gzip.compress(b"name,bearers\nLi,1"))
    countries = {  # a register says less of Li than the first list
        "AA": {"people": 3, "sources": {"cc0 AA": 100, "pesel": 50}},
        "BB": {"people": 1, "sources": {"cc0 BB": 200}},
    }
    monkeypatch.setattr(shares, "COUNTS", tmp_path)
    monkeypatch.setattr(shares, "COUNTRIES", {"Test": countries})
    expected = {
        "попов": 0.3 * 3 + 0.1,
        "popov": 0.3 * 3,
        "popoff": 0.1,
        "лий": 0.01 * 3,
    }
    expected |= {"ли": 0.05 * 3, "lee": 0.05 * 3, "li": 0.06 * 3}
    assert shares.rates("Test") == pytest.approx(
        {name: n / 4 for name, n in expected.items()}
    )


def test_the_rarer_language_of_a_shared_name_has_the_smaller_share():
    nowak = Claims(people={"Polish": 0.001, "Czech": 0.0005})
    commonness = shares.Commonness({"nowak": nowak}, [])
    rows = [("Nowak", "Polish"), ("Nowak", "Czech")]
    polish = (140_251 + 143_437) / 38_300_000
    share = commonness.shares(rows)["Nowak"]["Polish"]
    assert share == pytest.approx(polish / (polish + 0.0005))


def test_a_spelling_without_marks_is_of_all_languages():
    commonness = shares.Commonness({}, [])
    of_names = commonness.shares([("Lê", "Vietnamese"), ("Le", "French")])
    assert set(of_names["Lê"]) == {"Vietnamese"}
    assert set(of_names["Le"]) == {"Vietnamese", "French"}


def test_of_bearers_a_class_is_written_and_no_count():
    bearers = {"Czech": 0.7, "Dutch": 0.8, "Greek": 2.1, "Irish": 2.2, "Indian": 30}
    rows = [("Xxx", "Dutch", "1"), ("Xxx", "Greek", "1"), ("Xxx", "Irish", "3")]
    assert attested.classed("Xxx", bearers) == [*rows, ("Xxx", "Indian", "24")]
    with gzip.open(ROOT / "data" / "attested.csv.gz", "rt", encoding="utf-8") as file:
        numbers = {line.rstrip().rpartition(",")[2] for line in file}
    assert numbers == {"1", "3", "6", "12", "24"}


def test_a_surname_in_han_has_the_bearers_of_its_other_form():
    """But 范 and 範 are different surnames, and the second has no bearers."""
    of_name = defaultdict(set)
    for name, group, number in unpacked(ROOT / "data" / "attested.csv.gz"):
        of_name[name].add((group, number))
    assert of_name["習"] == of_name["习"] == {("Chinese", "24")}
    assert of_name["范"]
    assert not of_name["範"]


def test_the_data_files_are_those_whose_texts_may_be_published():
    """After data.build has made other files, model/tasks/names.toml needs their sums."""
    files = (ROOT / "data").glob("*.csv.gz")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert sums == NAMES.shipped_files


def test_a_wrong_artifact_gets_one_clear_line(tmp_path, monkeypatch):
    package = {"file": "package.whl", "sha256": "0", "version": "1", "registry": "pip"}
    monkeypatch.setattr(packages, "PACKAGES", {"package": package})
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    (tmp_path / "package.whl").write_bytes(b"other")
    start = re.escape(f"{tmp_path / 'package.whl'} has SHA-256 ")
    with pytest.raises(InputError, match=f"{start}.*delete it and run again"):
        packages.fetch_all()
