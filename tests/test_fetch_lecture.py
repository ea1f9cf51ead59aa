"""data/fetch_lecture.py without a network: its files come from another folder."""

import hashlib

import pytest

from data import fetch_lecture

CONTENT = bytes(2**21)


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """Return what fetches a file of 2 MB into a folder."""
    (tmp_path / "names.csv.gz").write_bytes(CONTENT)

    def fetch_into(folder):
        monkeypatch.setattr(fetch_lecture, "ADDRESS", tmp_path.as_uri())
        monkeypatch.setattr(fetch_lecture, "FOLDER", folder)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        monkeypatch.setattr(fetch_lecture, "SHA256", {"names.csv.gz": sha256})
        return fetch_lecture.main()

    return fetch_into


def test_a_fetched_file_is_whole_and_alone(fetch, tmp_path):
    assert fetch(tmp_path / "lecture") == 0
    (copy,) = (tmp_path / "lecture").iterdir()
    assert (copy.name, copy.read_bytes()) == ("names.csv.gz", CONTENT)


def test_what_cannot_be_written_is_one_line_and_leaves_nothing_behind(
    fetch, small_disk, tmp_path, capsys
):
    (tmp_path / "lecture").write_text("mine")
    for folder, reason in ((tmp_path / "lecture", "File exists"), (small_disk, "No space left")):
        assert fetch(folder) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("data/fetch_lecture.py: ")
        assert reason in line
    assert list(small_disk.iterdir()) == []
