"""Model folders as files: whole after a kill at any moment, never mixed, nothing odd followed."""

import json
import os
import sys
from contextlib import contextmanager
from itertools import count

import pytest

from model.atomic import write_files
from model.errors import InputError
from model.storage.folder import read_model_folder, whole_set, write_model_folder

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    """Reading and writing meet far more often so; what they see of each other is the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def files(version):
    """Return the files of a model; all of them tell their version."""
    names = ("model.safetensors", "metrics.json", "training_texts.json.gz", "README.md")
    return {name: json.dumps([name, version]).encode() for name in names}


def save(folder, version, more=(), **config):
    config["version"] = version
    write_model_folder(folder, whole_set(config, files(version) | dict(more)))


def version_of(folder):
    """Return the version of the model in `folder`; fail where its files are of several."""
    found = read_model_folder(folder)
    versions = {
        json.loads(content)[1]
        for name, content in found.items()
        if name != "config.json"
    }
    versions.add(json.loads(found["config.json"])["version"])
    assert len(versions) == 1
    assert len(found) == 5
    return versions.pop()


@contextmanager
def files_of_at_most(size):
    """Have the system refuse to write larger files, as it does on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def save_and_die(folder, version, operation):
    """Save in a process that dies before its file operation of this number; tell if so."""
    child = os.fork()
    if not child:
        left = [operation]

        def count(event, _):
            if event in OPERATIONS:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)

        sys.addaudithook(count)
        save(folder, version)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.nightly)])
def test_a_kill_at_any_moment_leaves_the_old_model_or_the_new_one(tmp_path, step):
    folder, outcomes = tmp_path / "m", []
    save(folder, 0)
    for operation in count(0, step):
        if not save_and_die(folder, 1, operation):
            break
        outcomes.append(version_of(folder))
        save(folder, 0)  # after any kill the next save goes through
        assert version_of(folder) == 0
        assert len(list(folder.iterdir())) == 5
    assert outcomes == sorted(
        outcomes
    )  # once the new model counts, it goes on to count
    assert set(outcomes) == {0, 1}
    assert version_of(folder) == 1


@pytest.mark.parametrize("config", [{}, {"format_version": 3, "files": {}}])
def test_a_folder_of_an_earlier_version_is_refused_and_may_be_replaced(
    tmp_path, config
):
    (tmp_path / "m").mkdir()
    for name, content in (
        files(0) | {"config.json": json.dumps(config).encode()}
    ).items():
        (tmp_path / "m" / name).write_bytes(content)
    complaint = r"^[^\n]*config\.json is .* of another version .*: retrain the model with this ver"
    with pytest.raises(InputError, match=complaint):
        read_model_folder(tmp_path / "m")
    save(tmp_path / "m", 1)
    assert version_of(tmp_path / "m") == 1


def test_a_file_of_another_training_is_named_and_a_card_may_be_edited(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / "README.md").write_text("mine")
    assert read_model_folder(tmp_path / "m")["README.md"] == b"mine"
    (tmp_path / "m" / "metrics.json").write_bytes(files(1)["metrics.json"])
    with pytest.raises(
        InputError, match=r"metrics\.json is damaged, not the one of config"
    ):
        read_model_folder(tmp_path / "m")


def test_links_are_followed_into_the_hub_s_cache_and_nowhere_else(tmp_path):
    blobs, folder = tmp_path / "blobs", tmp_path / "snapshots" / "1a2b"
    save(folder, 0)
    blobs.mkdir()
    for path in folder.iterdir():
        path.rename(blobs / path.name)
        path.symlink_to(f"../../blobs/{path.name}")
    assert version_of(folder) == 0
    (tmp_path / "secret").write_text("key")
    for name in ("README.md", "model.safetensors"):
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / "secret")
        with pytest.raises(
            InputError, match=f"{name} cannot be read .*link out of the folder"
        ):
            read_model_folder(folder)
        (folder / name).unlink()
        (folder / name).write_bytes(files(0)[name])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "is not a file"),
        (os.mkdir, "is not a file"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
        (
            lambda path: (path.touch(), os.truncate(path, 10**12)),
            "1,000,000,000,000 bytes and may",
        ),
        (lambda path: None, r"model\.safetensors is missing: copy the whole"),
    ],
    ids=["pipe", "folder", "loop", "huge", "missing"],
)
def test_what_is_not_a_file_of_a_model_is_refused_at_once(tmp_path, make, reason):
    save(tmp_path / "m", 0)
    path = tmp_path / "m" / "model.safetensors"
    path.unlink()
    make(path)
    with pytest.raises(InputError, match=rf"^[^\n]*{reason}[^\n]*$"):
        read_model_folder(tmp_path / "m")


def test_a_write_that_fails_leaves_the_model_before_it_and_no_litter(tmp_path):
    save(folder := tmp_path / "m", 0)
    long = b"x" * 5000
    card = {"README.md": long}
    for place, write in (
        (folder, lambda: save(folder, 1, {"model.safetensors": long})),
        (folder, lambda: save(folder, 1, long="x" * 5000)),
        (folder, lambda: write_files(folder, card)),
        (tmp_path / "new", lambda: save(tmp_path / "new", 1, card)),
    ):
        complaint = f"{place} cannot be written: File too large"
        with files_of_at_most(4096), pytest.raises(InputError, match=complaint):
            write()
        assert version_of(folder) == 0
        assert len(list(folder.iterdir())) == 5
        assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_new_card_replaces_the_old_one_and_nothing_else(tmp_path):
    save(tmp_path / "m", 0)
    before = read_model_folder(tmp_path / "m")
    card = {"README.md": b"new card", "confusion.png": b"picture"}
    write_files(tmp_path / "m", card)
    assert read_model_folder(tmp_path / "m") == before | card


def test_a_folder_that_holds_something_else_is_not_written_to(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "notes.txt").touch()
    (tmp_path / "m" / ".DS_Store").touch()
    with pytest.raises(
        InputError, match=r"m holds notes\.txt, which is not part of a model"
    ):
        save(tmp_path / "m", 0)
    with pytest.raises(InputError, match=r"notes\.txt.* cannot be written: "):
        save(tmp_path / "m" / "notes.txt", 0)
    (tmp_path / "m" / "notes.txt").unlink()
    save(tmp_path / "m", 0)
    assert version_of(tmp_path / "m") == 0
