"""What the committed name files must keep, and the parts of their builder that need no download."""

import csv
import gzip
import hashlib
import io
import pickle
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from model.core import normalise
from model.data.texts import match_key
from model.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
sys.path.insert(0, str(DATA))

import audit  # noqa: E402
import describe  # noqa: E402
from builder import (  # noqa: E402
    curate,
    lists,
    mash,
    packages,
    persons,
    pretraining,
    scripts,
    spelling,
    write,
)
from builder.choose import MAX_PER_LANGUAGE, MIN_SHARE, labels  # noqa: E402
from builder.evidence import Evidence  # noqa: E402
from builder.languages import CLOSED_SETS, CURATED, LANGUAGES, NEUTRAL  # noqa: E402
from builder.scripts import Name  # noqa: E402
from builder.spelling import (  # noqa: E402
    clean_spelling,
    romanise_cyrillic,
    romanise_greek,
    with_marks,
)

COMMON = {
    "Arabic": "Hassan Ibrahim Mohamed Ali Khalil Haddad Mansour",
    "Chinese": "Wang Li Zhang Liu Chen Chan Cheung Ng Hsieh Tan Lim Lee",
    "Czech": "Novak Novakova Svoboda Dvorak Cerny Prochazka",
    "Dutch": "De Jong|Jansen|De Vries|Van den Berg|Bakker|Van Dijk|Visser",
    "English": "Smith Jones Taylor Brown Williams Wilson Lee Martin",
    "French": "Martin Bernard Dubois Durand Moreau Lefebvre",
    "German": "Muller Schmidt Schneider Fischer Weber Meyer Martin",
    "Greek": "Papadopoulos Papadopoulou Georgiou Ioannou Nikolaidis",
    "Irish": "Murphy Kelly O'Brien O'Sullivan Walsh Byrne Ryan",
    "Italian": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Costa",
    "Japanese": "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura",
    "Korean": "Kim Lee Park Pak Choi Jung Kang Yi Rhee Gim",
    "Polish": "Nowak Kowalski Kowalska Wisniewski Wojcik Kowalczyk",
    "Portuguese": "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues",
    "Russian": "Ivanov Ivanova Smirnov Kuznetsov Popov Petrov",
    "Scottish": "MacDonald Campbell Stewart Robertson Fraser MacKenzie",
    "Spanish": "Garcia Martinez Lopez Sanchez Gonzalez Martin",
    "Vietnamese": "Nguyen Tran Le Pham Huynh Vo Dang Bui",
}


@pytest.fixture(scope="module")
def parts():
    return {part: audit.read_part(DATA, part) for part in ("train", "test")}


@pytest.fixture(scope="module")
def rows(parts):
    return parts["train"] + parts["test"]


def by_key(rows):
    found = defaultdict(set)
    for name, label in rows:
        found[match_key(name)].add(label)
    return found


@pytest.fixture(scope="module")
def languages_of(rows):
    return by_key(rows)


@pytest.fixture(scope="module")
def all_pretraining_rows():
    text = gzip.decompress((DATA / pretraining.FILE_NAME).read_bytes()).decode()
    return [(name, group) for name, group in csv.reader(io.StringIO(text))]


@pytest.fixture(scope="module")
def pretraining_rows(all_pretraining_rows):
    """The names, without the mashed keys."""
    return [(name, group) for name, group in all_pretraining_rows if group != mash.GROUP]


def test_mashed_keys_are_no_names_and_none_of_those_that_are_measured(
    all_pretraining_rows, pretraining_rows, rows
):
    mashes = by_key(row for row in all_pretraining_rows if row[1] == mash.GROUP)
    assert len(mashes) > 5000
    assert not mashes.keys() & by_key(pretraining_rows + rows).keys()
    measured = (DATA.parent / "tests" / "data" / "mash.txt").read_text(encoding="utf-8")
    assert not mashes.keys() & set(map(match_key, measured.splitlines()))
    one_hand = {"qwert", "asdfg", "trewq"}  # keys beside one another, in either direction
    assert sum(any(run in key for run in one_hand) for key in mashes) > 20


def test_sizes(rows, languages_of):
    counts = Counter(language for _, language in rows)
    assert sorted(counts) == sorted(LANGUAGES)
    assert len(languages_of) >= 36_000
    assert max(counts.values()) <= MAX_PER_LANGUAGE == 3_500
    assert min(counts.values()) >= 150
    assert counts["Chinese"] >= 350
    assert counts["Scottish"] >= 300


def test_split_is_by_the_hash_of_the_folded_name(parts):
    for part, found in parts.items():
        for name, _ in found:
            digest = hashlib.sha256(match_key(name).encode()).hexdigest()
            assert (int(digest, 16) % 3 == 0) == (part == "test"), name


def test_train_and_test_share_no_name(parts):
    keys = [{match_key(name) for name, _ in found} for found in parts.values()]
    assert not keys[0] & keys[1]


def test_rows_are_clean_sorted_and_unique(parts, pretraining_rows):
    for found in (*parts.values(), pretraining_rows):
        assert len(set(found)) == len(found)
        assert found == sorted(found, key=lambda row: (match_key(row[0]), row[1], row[0]))
        for name, _ in found:
            assert name == unicodedata.normalize("NFC", name) == name.strip()
            assert 1 <= len(name) <= 20
            if match_key(name).isascii():
                assert normalise(name, fold_case=False) == clean_spelling(name)
                assert name[0].isupper()


def test_one_spelling_a_name_and_language(rows, pretraining_rows):
    assert len({(match_key(name), language) for name, language in rows}) == len(rows)
    spellings = defaultdict(set)
    for name, _ in rows + pretraining_rows:
        if match_key(name).isascii():
            spellings[match_key(name)].add(normalise(name, fold_case=False))
    assert all(len(found) == 1 for found in spellings.values())


def test_no_test_name_is_in_the_pretraining_file(parts, pretraining_rows):
    assert not by_key(parts["test"]).keys() & by_key(pretraining_rows).keys()


def test_train_names_keep_their_languages_in_the_pretraining_file(parts, pretraining_rows):
    groups = by_key(pretraining_rows)
    for key, languages in by_key(parts["train"]).items():
        assert groups[key] == languages, key


def test_pretraining_groups_are_languages_or_large_outside_nationalities(pretraining_rows):
    counts = Counter(group for _, group in pretraining_rows)
    assert set(LANGUAGES) | {pretraining.OTHER} < set(counts)
    assert not NEUTRAL & set(counts)
    few = {group for group, n in counts.items() if n < pretraining.MIN_NAMES}
    assert few <= {*LANGUAGES, pretraining.OTHER}
    assert len(by_key(pretraining_rows)) >= 250_000
    assert (DATA / pretraining.FILE_NAME).stat().st_size < 3_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_common_names_are_there(language, languages_of):
    text = COMMON[language]
    for name in text.split("|") if "|" in text else text.split():
        assert language in languages_of[match_key(name)], name


@pytest.mark.parametrize("language", CURATED)
def test_curated_names_are_all_there(language, languages_of):
    wrong = curate.read_corrections().wrong
    for name in curate.read_names(language.lower()):
        if clean_spelling(name) and language not in wrong.get(match_key(name), ()):
            assert language in languages_of[match_key(name)], name


def test_names_of_several_languages(languages_of):
    assert languages_of["lee"] == {"Chinese", "English", "Korean"}
    assert languages_of["martin"] == {"English", "French", "German", "Spanish"}
    assert languages_of["ivanov"] == {"Russian"}
    several = sum(len(found) > 1 for found in languages_of.values())
    assert several < 0.02 * len(languages_of)


@pytest.mark.parametrize("name", ["Khan", "Hansen", "Patel", "Johansson", "Yildiz", "Kovacs"])
def test_names_of_no_language_here_are_absent(name, languages_of):
    assert match_key(name) not in languages_of


def test_files_carry_no_time_and_no_name():
    for path in DATA.glob("*.csv.gz"):
        header = path.read_bytes()[:10]
        assert header[3] == 0  # no flags, so no file name
        assert header[4:8] == b"\0\0\0\0"  # no time


def test_packing_is_the_inverse_of_reading(parts):
    for part, found in parts.items():
        content = write.packed(found)
        text = gzip.decompress(content).decode()
        assert [tuple(row) for row in csv.reader(io.StringIO(text))] == found
        assert (DATA / f"names_{part}.csv.gz").read_bytes() == content


def test_closed_sets_are_curated_files_with_provenance():
    assert set(CLOSED_SETS) <= set(CURATED)
    for path in (DATA / "curated").glob("*.txt"):
        head = path.read_text(encoding="utf-8")[:600]
        assert head.startswith("#"), path.name
        assert "Provenance:" in head, path.name


def test_corrections_name_known_languages():
    corrections = curate.read_corrections()
    for table in (corrections.wrong, corrections.missing):
        assert set().union(*table.values()) <= set(LANGUAGES)


def test_a_name_shared_evenly_keeps_both_languages():
    shared = Evidence(key="x", rates={"French": 1e-3, "German": 1e-3}, spelling="X")
    shared.persons.update(French=50, German=60)
    assert labels(shared, set()) == ["French", "German"]
    few = 1e-3 * MIN_SHARE / (1 - MIN_SHARE) * 0.99  # just under the share that a label needs
    shared.rates["German"] = few
    assert labels(shared, set()) == ["French"]


def test_an_outside_nation_takes_a_name_away():
    evidence = Evidence(key="hansen", rates={"German": 5e-4, "Norwegian": 6e-3}, spelling="Hansen")
    evidence.persons.update(German=30, Norwegian=100)
    assert labels(evidence, set()) == []


@pytest.mark.parametrize(
    ("counted", "listed", "groups"),
    [
        ({"German": 4, "Norwegian": 1}, {}, {"German", "Norwegian"}),
        ({"German": 5, "Norwegian": 1}, {}, {"German"}),
        ({"German": 5, "Norwegian": 1}, {"Norwegian": {"faker"}}, {"German", "Norwegian"}),
        ({"German": 1}, {"Hungarian": {"faker", "mimesis"}}, {"German", "Hungarian"}),
        ({"American": 100, "German": 1}, {"Belgian": {"x"}}, {"German"}),
        ({"American": 100}, {"Belgian": {"x"}}, set()),
        ({"German": 0.5}, {"Czech": set()}, {"German"}),
    ],
)
def test_the_groups_of_a_pretraining_name(counted, listed, groups):
    evidence = Evidence(persons=Counter(counted), sources=listed)
    assert pretraining.strongest_groups(evidence) == groups


def test_pretraining_rows_by_hand(monkeypatch):
    monkeypatch.setattr(pretraining, "MIN_NAMES", 2)
    counted = {
        "Amsel": {"German": 1, "Maltese": 1, "Tongan": 1},  # two small groups: one row of Other
        "Berg": {"Norwegian": 1},
        "Dahl": {"Norwegian": 9, "American": 90},
        "Smith": {"American": 7},
        "Ivanov": {"Bulgarian": 50},
        "Rossi": {"Hungarian": 50},
    }
    table = {
        name.lower(): Evidence(name.lower(), persons=Counter(found), spelling=name)
        for name, found in counted.items()
    }
    table["berg"].written.update({("Norwegian", "Bérg"): 11, ("Norwegian", "Bêrg"): 1})
    table["dahl"].written.update({("Norwegian", "Dahl"): 10, ("Norwegian", "Dåhl"): 1})
    rows = pretraining.rows(table, {"ivanov": {"Russian"}}, {"rossi"})
    assert pretraining.with_other(rows) == [
        ("Amsel", "German"),
        ("Amsel", "Other"),
        ("Bérg", "Norwegian"),
        ("Dahl", "Norwegian"),
        ("Dåhl", "Norwegian"),
        ("Ivanov", "Russian"),
    ]


def test_names_are_respelt_in_cyrillic_by_hand():
    latin = [("Njegoš", "Montenegrin"), ("Zhivkov", "Bulgarian"), ("Zhivkov", "Russian")]
    latin += [
        ("Stanković", "Montenegrin"),
        ("Stankovic", "Montenegrin"),
        ("Gjorgjevski", "Macedonian"),
    ]
    assert pretraining.cyrillic_rows(latin, {"станковић"}) == [
        ("Његош", "Montenegrin"),
        ("Живков", "Bulgarian"),
        ("Ѓорѓевски", "Macedonian"),
    ]


@pytest.mark.parametrize(
    ("name", "group", "cyrillic"),
    [
        ("Džajić", "Montenegrin", "Џајић"),
        ("Ljubiša", "Montenegrin", "Љубиша"),
        ("Shtereva", "Bulgarian", "Щерева"),
        ("Yanchulova", "Bulgarian", "Янчулова"),
        ("Doychinov", "Bulgarian", "Дойчинов"),
        ("Tsankov", "Bulgarian", "Цанков"),
        ("Kjosev", "Macedonian", "Ќосев"),
        ("Qureshi", "Montenegrin", None),
        ("Jovanovic", "Montenegrin", None),  # which of its marks are lost?
    ],
)
def test_cyrillic_alphabets_by_hand(name, group, cyrillic):
    assert spelling.to_cyrillic(name, group) == cyrillic


def test_native_pretraining_rows_by_hand():
    names = [
        Name("Шевченко", "Russian", "x", "shevchenko"),
        Name("Шевченко", "Ukrainian", "y", "shevchenko"),
        Name("Шевченко", "Ukrainian", "z", "shevchenko"),
        Name("Фёдоров", "Ukrainian", "y", "fyodorov"),  # a Russian name of the train file
        Name("Ґалаґан", "Ukrainian", "y", "galagan"),  # may not be seen, as its Latin name
    ]
    train = [("Федоров", "Russian")]
    assert sorted(pretraining.native_rows(names, train, {"galagan"})) == [
        ("Федоров", "Russian"),
        ("Шевченко", "Russian"),
        ("Шевченко", "Ukrainian"),
    ]


def test_rare_chinese_surnames_are_there_unless_a_form_is_hidden():
    forms = [{"邓", "鄧"}, {"张", "張"}, {"刘", "劉"}, {"仉"}]
    train, hidden = [("张", "Chinese"), ("林", "Japanese")], {"劉", "liu", "zhang"}
    assert sorted(pretraining.chinese_rows(forms, train, hidden)) == [
        ("仉", "Chinese"),
        ("張", "Chinese"),
        ("邓", "Chinese"),
        ("鄧", "Chinese"),
    ]


def test_traditional_forms_by_hand(monkeypatch):
    table = "张\t張\n范\t範 范\n钟\t鐘 鍾\n欧\t歐\n阳\t陽\n".encode()
    monkeypatch.setattr(
        scripts, "members", lambda package: {"opencc/dictionary/STCharacters.txt": table}
    )
    scripts._traditional.cache_clear()
    try:
        found = [scripts.traditional(name) for name in ("张", "范", "钟", "欧阳", "林")]
    finally:
        scripts._traditional.cache_clear()
    assert found == ["張", "范", "鐘", "歐陽", "林"]


def test_given_names_of_closed_sets_join_the_pretraining_rows():
    given = [
        ("Xiaoming", "Chinese"),
        ("Wei", "Chinese"),  # a surname of the train file
        ("Min-ho", "Korean"),  # a surname is spelled otherwise
        ("志明", "Chinese"),  # in Han
        ("Jimin", "Chinese"),
        ("Ji-min", "Korean"),
        ("민준", "Korean"),
        ("수아", "Korean"),  # sua must stay unseen
        ("Thành", "Vietnamese"),
        ("Giulia", "Italian"),
    ]
    table = {
        key: Evidence(key, spelling=spelling)
        for key, spelling in {"wei": "Wei", "minho": "Minho", "thanh": "Thanh"}.items()
    }
    assert pretraining.given_rows(given, table, [("Wei", "German")], {"sua"}) == [
        ("Xiaoming", "Chinese"),
        ("Minho", "Korean"),
        ("Jimin", "Chinese"),
        ("Jimin", "Korean"),
        ("민준", "Korean"),
        ("Thành", "Vietnamese"),
    ]


def test_given_names_are_counted_beside_known_surnames(monkeypatch):
    people = {
        "Nguyễn Văn Hùng": ["Vietnamese"],
        "Trần Van Hùng": ["Vietnamese"],
        "Lê Văn Huy": ["Vietnamese"],
        "Henri Bao": ["Vietnamese"],  # no known surname
        "Paul Bao": ["Vietnamese"],
        "Nguyễn Anna": ["Vietnamese"],
        "Trần Anna": ["Vietnamese"],  # but it is more common elsewhere
        "Trần Tiger": ["Vietnamese"],
        "Lê Tiger": ["Vietnamese"],  # as a surname
        "Queen Trần": ["Vietnamese"],
        "Queen Nguyễn": ["Vietnamese"],
        "Trần Hai": ["Vietnamese", "French"],  # of two peoples
        "Anna Berg": ["Norwegian"],
        "Olav Tiger": ["Norwegian"],
    }
    pickled = {"name2nat/name2nats.pkl": pickle.dumps(people)}
    monkeypatch.setattr(persons, "members", lambda package: pickled)
    counts = persons.count_persons({"Vietnamese": {"nguyen", "tran", "le"}})
    assert counts.given_names("Vietnamese") == ["Văn", "Hùng", "Huy"]
    assert counts.given_names("Korean") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller", "Muller"),
        ("ß", "Ss"),
        ("o’brien", "O'Brien"),
        ("van den berg", "Van den Berg"),
        ("MCDONALD", "McDonald"),
        ("Łukaszewicz-Ångström", "Lukaszewicz-Angstrom"),
        ("X", None),
        ("Smith2", None),
        ("An-extremely-long-surname", None),
    ],
)
def test_clean_spelling(text, expected):
    assert clean_spelling(text) == expected


@pytest.mark.parametrize(
    ("text", "spelling", "expected"),
    [
        ("MÜLLER", "Muller", "Müller"),
        ("van der Weÿden", "Van der Weyden", "Van der Weÿden"),
        ("d’Aubigné", "D'Aubigne", "D'Aubigné"),
        ("Łukasiewicz", "Lukasiewicz", "Łukasiewicz"),
        ("Muller", "Muller", "Muller"),
        ("De La Peña", "De la Pena", "De la Pena"),  # another form than the usual one
        ("Agyεman", "Agyeman", "Agyeman"),  # a Greek letter
    ],
)
def test_with_marks(text, spelling, expected):
    assert with_marks(text, spelling) == expected


def test_romanisation():
    assert romanise_cyrillic("Кузнецов") == "kuznetsov"
    assert romanise_cyrillic("Соловьёв") == "solovyov"
    assert romanise_greek("Παπαδόπουλος") == "papadopoulos"


@pytest.mark.parametrize(
    ("full_name", "group", "surname"),
    [
        ("Jan van Dam", "Dutch", "van Dam"),
        ("Anna von der Heide", "German", "Heide"),
        ("Léa d’Aubigné", "French", "d’Aubigné"),
        ("Rui dos Santos", "Portuguese", "dos Santos"),
        ("Nguyen Thi Lan", "Vietnamese", "Nguyen"),
        ("Lan Nguyen", "Vietnamese", "Nguyen"),
        ("Nora Ní Bhriain", "Irish", None),
        ("Omar al-Masri", "Arabic", "al-Masri"),
    ],
)
def test_surname_of(full_name, group, surname):
    assert persons.surname_of(full_name.split(), group, {"Vietnamese": {"nguyen"}}) == surname


def test_a_pickle_with_code_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="only plain data"):
        persons._NoClassUnpickler(io.BytesIO(pickle.dumps(Path("x")))).load()


def test_a_wrong_artifact_gets_one_clear_line(tmp_path):
    path = tmp_path / "package.whl"
    with pytest.raises(InputError, match=r"package\.whl did not arrive"):
        packages.check_sha256(path, "0")
    path.write_bytes(b"other")
    with pytest.raises(InputError, match=re.escape(f"delete {path} and run again")):
        packages.check_sha256(path, "0")


def test_audit_rows_are_in_the_dataset(rows):
    drawn = audit.read_audit()
    counts = Counter(row["language"] for row in drawn)
    assert set(counts.values()) == {audit.NAMES_PER_LANGUAGE}
    assert [(row["name"], row["language"]) for row in drawn] == audit.draw(rows)
    assert {row["verdict"] for row in drawn} <= {"", *audit.VERDICTS}


def test_audit_summary_counts_verdicts():
    rows = [{"language": "Czech", "verdict": v} for v in ("right", "wrong", "right", "unsure")]
    assert "| Czech | 4 | 2 | 1 | 1 | 25.0 |" in audit.summary(rows)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"name\n", "line 1: the header must be name,"), (b"\xff", "is not UTF-8")],
)
def test_an_unfit_audit_is_one_clear_line(tmp_path, monkeypatch, capsys, content, complaint):
    monkeypatch.setattr(audit, "AUDIT", tmp_path / "audit.csv")
    audit.AUDIT.write_bytes(content)
    assert describe.main([]) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith("data/describe.py: data/audit.csv")
    assert complaint in message


@pytest.mark.slow
@pytest.mark.parametrize("script", ["describe", "build", "audit", "push"])
def test_help_is_printed_and_nothing_is_done(script):
    before = (DATA / "README.md").read_bytes()
    command = [sys.executable, str(DATA / f"{script}.py"), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"usage: {script}.py")
    assert (DATA / "README.md").read_bytes() == before


def _cache_is_whole() -> bool:
    return all(
        (packages.CACHE / package["file"]).exists() for package in packages.PACKAGES.values()
    )


@pytest.mark.skipif(not _cache_is_whole(), reason="data/.cache/ lacks the packages: run build.py")
def test_the_files_are_what_the_sources_give():
    command = [sys.executable, str(DATA / "build.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert result.returncode == 0, result.stderr


# In the first fifty of a country's list, but of another language or of none of the 18.
NOT_OF_THE_LIST = {
    "English": {"patel", "kelly"},
    "French": {
        "garcia", "martinez", "dasilva", "lopez", "sanchez", "perez", "fernandez", "pereira"
    },
}  # fmt: skip


@pytest.mark.skipif(not _cache_is_whole(), reason="data/.cache/ lacks the packages: run build.py")
def test_the_fifty_most_common_of_every_frequency_list_are_there(languages_of):
    for name_list in lists.read_lists():
        if name_list.ranked and name_list.group in LANGUAGES:
            keys = {match_key(name) for name in name_list.names[:50] if clean_spelling(name)}
            missing = {key for key in keys if name_list.group not in languages_of.get(key, ())}
            assert missing <= NOT_OF_THE_LIST.get(name_list.group, set()), name_list.source
