"""data/fetch_lecture.py on a copy of its own, without a network."""

import hashlib
import shutil
import sys

import pytest
from conftest import ROOT, run

sys.path.insert(0, str(ROOT / "data"))

import fetch_lecture


@pytest.mark.parametrize("is_link", [False, True])
def test_something_in_the_folder_s_place_is_one_clear_line(tmp_path, is_link):
    shutil.copy(ROOT / "data" / "fetch_lecture.py", tmp_path)
    if is_link:
        (tmp_path / "lecture").symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / "lecture").write_text("mine")
    done = run(tmp_path / "fetch_lecture.py")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{tmp_path / 'lecture'} is not a folder: move it away and try again"
    ]


def fetch_from(source, folder, monkeypatch):
    """Fetch a file of another folder, by its own address, into `folder`."""
    monkeypatch.setattr(fetch_lecture, "ADDRESS", source.parent.as_uri())
    monkeypatch.setattr(fetch_lecture, "FOLDER", folder)
    fetch_lecture.fetch(source.name, hashlib.sha256(source.read_bytes()).hexdigest())


def test_a_file_that_does_not_fit_on_the_disk_leaves_nothing_behind(
    small_disk, tmp_path, monkeypatch
):
    source = tmp_path / "names_train.csv.gz"
    source.write_bytes(bytes(2**21))
    with pytest.raises(OSError, match="No space left"):
        fetch_from(source, small_disk, monkeypatch)
    assert list(small_disk.iterdir()) == []


def test_a_fetched_file_is_whole_and_alone(tmp_path, monkeypatch):
    source = tmp_path / "names_train.csv.gz"
    source.write_bytes(bytes(1000))
    (tmp_path / "lecture").mkdir()
    fetch_from(source, tmp_path / "lecture", monkeypatch)
    (copy,) = (tmp_path / "lecture").iterdir()
    assert (copy.name, copy.read_bytes()) == (source.name, bytes(1000))
