"""Disks that are full or read-only, for real: an earlier model stays and no litter is left."""

import subprocess

import pytest
from conftest import run_here

from model.commands import train

pytestmark = pytest.mark.nightly
OPTIONS = ("--epochs", "1", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu")


@pytest.fixture
def earlier(small_disk, small_classifier):
    """Where a small model stands already on the small disk."""
    small_classifier.save(small_disk / "m", {"labels": small_classifier.labels})
    return small_disk / "m"


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def assert_refused(done, *parts):
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    for part in parts:
        assert part in done.stderr


def test_a_checkpoint_that_does_not_fit(small_data, earlier):
    before = contents(earlier.parent)
    done = run_here(train.main, "--data", small_data, "--output", earlier, *OPTIONS)
    assert_refused(done, "m.checkpoint cannot be written (No space left on device)")
    assert "--resume" not in done.stderr  # there is nothing to go on from
    assert contents(earlier.parent) == before


def test_a_model_that_does_not_fit(small_data, earlier, tmp_path):
    (tmp_path / "larger disk").mkdir()
    (earlier.parent / "m.checkpoint").symlink_to(tmp_path / "larger disk")
    before = contents(earlier.parent)
    done = run_here(train.main, "--data", small_data, "--output", earlier, *OPTIONS)
    assert "test accuracy" in done.stdout
    assert_refused(done, f"{earlier} cannot be written: No space left on device")
    assert contents(earlier.parent) == before


def test_a_read_only_disk(small_data, earlier):
    subprocess.run(["mount", "-o", "remount,ro", str(earlier.parent)], check=True)
    before = contents(earlier.parent)
    for output in (earlier, earlier.parent / "new", earlier.parent / "new" / "m"):
        done = run_here(train.main, "--data", small_data, "--output", output, *OPTIONS)
        assert_refused(done, f"{output} cannot be written: Read-only file system")
        assert done.stdout == ""
    assert contents(earlier.parent) == before
