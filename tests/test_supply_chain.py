"""What is installed, and what is fetched: the lock, the licences, sums; see conftest's app_url."""

import hashlib
import re

import pytest
from conftest import ROOT
from packaging.requirements import Requirement

from data import fetch_lecture

LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = re.findall(r"^([\w.-]+)==(\S+)[^\n]*\\\n((?: +--hash=sha256:\w{64}.*\n)+)", LOCK, re.M)
LINES = (ROOT / "requirements.txt").read_text().splitlines()
WANTED = [Requirement(line.split("#")[0]) for line in LINES if line[:1] not in ("#", "")]
CONTENT = bytes(2**21)


def test_every_requirement_is_locked_with_hashes_and_has_a_licence_in_the_docs():
    versions = {name.lower().replace("_", "-"): version for name, version, _ in LOCKED}
    assert len(LOCKED) == len(re.findall(r"^[\w.-]+==", LOCK, re.M))  # none without a hash
    table = (ROOT / "docs" / "licences.md").read_text().casefold()
    for requirement in WANTED:
        assert requirement.specifier.contains(versions[requirement.name]), requirement
        assert re.search(rf"\| {requirement.name.replace('-', '[-_]')} \|", table), requirement
    assert "unknown" not in table


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """Return what fetches the lecture's file, here one of 2 MB in another folder."""
    (tmp_path / "names.csv.gz").write_bytes(CONTENT)

    def fetch_into(folder):
        monkeypatch.setattr(fetch_lecture, "ADDRESS", tmp_path.as_uri())
        monkeypatch.setattr(fetch_lecture, "FOLDER", folder)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        monkeypatch.setattr(fetch_lecture, "SHA256", {"names.csv.gz": sha256})
        return fetch_lecture.main()

    return fetch_into


def test_a_fetched_file_is_complete_and_alone_or_there_is_none(fetch, tmp_path, capsys):
    assert fetch(tmp_path / "lecture") == 0
    (copy,) = (tmp_path / "lecture").iterdir()
    assert (copy.name, copy.read_bytes()) == ("names.csv.gz", CONTENT)
    (tmp_path / "file").write_text("mine")
    assert fetch(tmp_path / "file") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("data/fetch_lecture.py: ")
    assert "File exists" in line
