"""Model folders as files: whole after a kill at any moment, never mixed, nothing odd followed."""

import json
import os
import signal
import sys
from contextlib import contextmanager

import pytest

from model.errors import InputError
from model.storage.folder import (
    MAX_BYTES,
    read_model_folder,
    to_json,
    write_card,
    write_model_folder,
)

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    """Reading and writing meet far more often so; what they see of each other is the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def files(version):
    """Return the files of a model; all of them tell their version."""
    names = ("model.safetensors", "metrics.json", "training_texts.json.gz", "README.md")
    return {name: json.dumps([name, version]).encode() for name in names}


def save(folder, version):
    write_model_folder(folder, {"version": version}, files(version))


def version_of(folder):
    """Return the version of the model in `folder`; fail where its files are of several."""
    found = read_model_folder(folder)
    versions = {json.loads(content)[1] for name, content in found.items() if name != "config.json"}
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


def die_in(operation, write):
    """Call `write` in a process that dies before its file operation of this number; tell if so."""
    child = os.fork()
    if not child:
        left = [operation]

        def count(event, _):
            if event in OPERATIONS:
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)

        sys.addaudithook(count)
        write()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def save_and_die(folder, version, operation):
    return die_in(operation, lambda: save(folder, version))


@needs_fork
def test_a_kill_at_any_moment_leaves_the_old_model_or_the_new_one(tmp_path):
    folder = tmp_path / "m"
    save(folder, 0)
    outcomes, operation = [], 0
    while save_and_die(folder, 1, operation):
        outcomes.append(version_of(folder))
        save(folder, 0)  # after any kill the next save goes through
        assert version_of(folder) == 0
        assert len(list(folder.iterdir())) == 5
        operation += 1
    assert outcomes == sorted(outcomes)  # once the new model counts, it goes on to count
    assert set(outcomes) == {0, 1}
    assert version_of(folder) == 1


@pytest.mark.nightly
@needs_fork
def test_a_second_kill_while_the_first_is_put_right_does_no_harm(tmp_path):
    folder = tmp_path / "m"
    for first in range(0, 90, 5):
        save(folder, 0)
        if not save_and_die(folder, 1, first):
            return
        after_first = version_of(folder)
        for second in range(1, 90, 9):
            save_and_die(folder, 2, second)
            assert version_of(folder) in (after_first, 2)
    pytest.fail("there are more than 90 file operations")


@needs_fork
def test_a_kill_leaves_no_part_of_a_first_model(tmp_path):
    folder, operation = tmp_path / "m", 0
    while save_and_die(folder, 1, operation):
        if (folder / "config.json").exists():
            assert version_of(folder) == 1
        else:
            with pytest.raises(InputError, match=r"No model folder|has no config\.json"):
                read_model_folder(folder)
        operation += 1
        folder = tmp_path / f"m{operation}"
    assert version_of(folder) == 1


@needs_fork
def test_a_kill_at_any_moment_leaves_no_card_to_a_model_that_has_none(tmp_path):
    folder, operation, outcomes = tmp_path / "m", 0, set()
    new = {"model.safetensors": b"new"}
    while True:
        write_model_folder(folder, {}, files(0) | {"confusion.png": b"old"})
        killed = die_in(operation, lambda: write_model_folder(folder, {}, new))
        outcomes.add(tuple(sorted(read_model_folder(folder))))
        if not killed:
            break
        operation += 1
    assert outcomes == {("config.json", "model.safetensors"), tuple(sorted(MAX_BYTES))}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


@needs_fork
def test_readers_see_the_old_model_or_the_new_one_while_another_process_replaces_it(tmp_path):
    folder = tmp_path / "m"
    save(folder, 0)
    writer = os.fork()
    if not writer:
        for version in range(1, 10**6):
            save(folder, version)
        os._exit(0)
    try:
        seen: list[int] = []
        while len(seen) < 500 or len(set(seen)) <= 20:  # a busy machine saves seldom
            seen.append(version_of(folder))
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    assert seen == sorted(seen)


# ------------------------------------------------------------------------- what is not loaded


@pytest.mark.parametrize("config", [{}, {"format_version": 3, "files": {}}])
def test_a_folder_of_an_earlier_version_is_refused_in_one_line_and_may_be_replaced(
    tmp_path, config
):
    (tmp_path / "m").mkdir()
    for name, content in (files(0) | {"config.json": json.dumps(config).encode()}).items():
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
    with pytest.raises(InputError, match=r"metrics\.json is not the one that config"):
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
        with pytest.raises(InputError, match=f"{name} is damaged .*link out of the folder"):
            read_model_folder(folder)
        (folder / name).unlink()
        (folder / name).write_bytes(files(0)[name])


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pipe", "is not a file"),
        ("folder", "Is a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("huge", "1,000,000,000,000 bytes and may have 401,000,000"),
        ("missing", r"has no model\.safetensors: copy the whole"),
    ],
)
def test_what_is_not_a_file_of_a_model_is_refused_at_once(tmp_path, kind, reason):
    save(tmp_path / "m", 0)
    path = tmp_path / "m" / "model.safetensors"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "huge":
        with open(path, "wb") as file:
            file.truncate(10**12)
    with pytest.raises(InputError, match=rf"^[^\n]*{reason}[^\n]*$"):
        read_model_folder(tmp_path / "m")


def test_a_missing_folder_is_named(tmp_path):
    for name in ("nowhere", "m\0"):
        with pytest.raises(InputError, match=r"No model folder .*: run python train\.py"):
            read_model_folder(tmp_path / name)


# ------------------------------------------------------------------------- what is not written


@pytest.mark.parametrize("write", ["model", "card"])
def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path, write):
    save(tmp_path / "m", 0)
    (tmp_path / "precious").write_text("mine")
    card = tmp_path / "m" / "README.md"
    card.unlink()
    card.symlink_to(tmp_path / "precious")
    if write == "model":
        save(tmp_path / "m", 1)
        assert version_of(tmp_path / "m") == 1
    else:
        write_card(tmp_path / "m", {"README.md": b"new", "confusion.png": b"picture"})
        assert read_model_folder(tmp_path / "m")["README.md"] == b"new"
    assert not card.is_symlink()
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_model_that_could_not_be_read_again_is_not_written(tmp_path):
    save(tmp_path / "m", 0)
    with pytest.raises(InputError, match=r"README\.md would have 1,000,001 bytes"):
        write_model_folder(tmp_path / "m", {}, {"README.md": b" " * 1_000_001})
    assert version_of(tmp_path / "m") == 0
    write_model_folder(tmp_path / "m", {}, files(1) | {"README.md": b" " * 1_000_000})
    assert len(read_model_folder(tmp_path / "m")["README.md"]) == 1_000_000


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "config.json"])
def test_a_write_that_fails_leaves_the_model_before_it_and_no_litter(tmp_path, name):
    save(tmp_path / "m", 0)
    config = {"version": 1} | ({"long": "x" * 5000} if name == "config.json" else {})
    new = files(1) | ({} if name == "config.json" else {name: b"x" * 5000})
    for folder in (tmp_path / "m", tmp_path / "new"):
        complaint = f"{folder} cannot be written: File too large"
        with files_of_at_most(4096), pytest.raises(InputError, match=complaint):
            write_model_folder(folder, config, new)
    assert version_of(tmp_path / "m") == 0
    assert len(list((tmp_path / "m").iterdir())) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_new_card_replaces_the_old_one_and_nothing_else(tmp_path):
    save(tmp_path / "m", 0)
    before = read_model_folder(tmp_path / "m")
    card = {"README.md": b"new card", "confusion.png": b"picture"}
    write_card(tmp_path / "m", card | {"model.safetensors": b"other weights"})
    assert read_model_folder(tmp_path / "m") == before | card
    large = card | {"README.md": b"x" * 5000}
    complaint = "m cannot be written: File too large"
    with files_of_at_most(4096), pytest.raises(InputError, match=complaint):
        write_card(tmp_path / "m", large)
    assert read_model_folder(tmp_path / "m") == before | card
    assert len(list((tmp_path / "m").iterdir())) == 6


@pytest.mark.parametrize("name", ["notes.txt", "data.csv"])
def test_a_folder_that_holds_something_else_is_not_written_to(tmp_path, name):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / name).touch()
    (tmp_path / "m" / ".DS_Store").touch()
    with pytest.raises(InputError, match=f"m holds {name}, which is not part of a model"):
        save(tmp_path / "m", 0)
    (tmp_path / "m" / name).unlink()
    save(tmp_path / "m", 0)
    assert version_of(tmp_path / "m") == 0


def test_json_is_written_for_people_to_read():
    text = '{\n "labels": [\n  "한국어",\n  "Čeština"\n ]\n}\n'
    assert to_json({"labels": ["한국어", "Čeština"]}) == text.encode()
