"""What a power cut leaves: the old files or the new ones, and the new ones once a save is done.

Until it is asked to keep them, a disk may forget a file's bytes and names, or its bytes alone.
"""

import os
import shutil
from functools import partial

import pytest
from test_folder import files, version_of

from model.atomic import write_file
from model.storage.folder import whole_set, write_model_folder


def number_of(path):
    return path.stat().st_ino


class Disk:
    """Keeps of the files below `root` what it was asked to, each by its number (inode)."""

    def __init__(self, root):
        self.root = root
        self.content = {}
        self.names = {}
        self.held = []
        self.at_cut = lambda: None
        for path in self.everything():
            self.keep(path)

    def everything(self):
        return [self.root, *self.root.rglob("*")]

    def keep(self, path):
        if path.is_dir():
            self.names[number_of(path)] = self.names_in(path)
        else:
            self.content[number_of(path)] = path.read_bytes()

    def names_in(self, folder):
        return {path.name: number_of(path) for path in folder.iterdir()}

    def fsync(self, descriptor):
        self.held.append(os.dup(descriptor))  # so that no other file gets its number
        number = os.fstat(descriptor).st_ino
        for path in self.everything():
            if number_of(path) == number:
                self.keep(path)
        self.at_cut()

    def after_cuts(self, target):
        """Yield `target` with what a power cut may leave now: all names, or those kept."""
        folders = [path for path in self.everything() if path.is_dir()]
        now = {number_of(folder): self.names_in(folder) for folder in folders}
        for names in (now, self.names):
            shutil.rmtree(target, ignore_errors=True)
            self._write(number_of(self.root), target, names)
            yield target

    def _write(self, number, target, names):
        if number in names:
            target.mkdir()
            for name, inner in names[number].items():
                self._write(inner, target / name, names)
        else:
            target.write_bytes(self.content.get(number, b""))


@pytest.fixture
def disk(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")

    def watched(rename, *paths):
        rename(*paths)
        disk.at_cut()

    monkeypatch.setattr(os, "fsync", disk.fsync)
    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, partial(watched, getattr(os, name)))
    yield disk
    for descriptor in disk.held:
        os.close(descriptor)


@pytest.fixture
def seen_at_cuts(disk, tmp_path):
    """Return what `look` sees in the files after each cut that may come during `work`."""

    def seen_at_cuts(work, look):
        seen = []

        def after_cut():
            for files_left in disk.after_cuts(tmp_path / "after"):
                seen.append(look(files_left))

        disk.at_cut = after_cut
        work()
        disk.at_cut = lambda: None
        return set(seen)

    return seen_at_cuts


def write(disk, version):
    write_file(disk.root / "a", str(version).encode())


def save(disk, version):
    content = whole_set({"version": version}, files(version))
    write_model_folder(disk.root / "m", content)


@pytest.mark.parametrize(
    ("put", "look"),
    [
        (write, lambda folder: int((folder / "a").read_bytes())),
        (save, lambda folder: version_of(folder / "m")),
    ],
    ids=["file", "model"],
)
def test_it_is_the_old_one_or_the_new_one_and_once_done_the_new_one(
    disk, seen_at_cuts, tmp_path, put, look
):
    put(disk, 0)
    assert seen_at_cuts(lambda: put(disk, 1), look) == {0, 1}
    for files_left in disk.after_cuts(tmp_path / "after"):
        assert look(files_left) == 1
