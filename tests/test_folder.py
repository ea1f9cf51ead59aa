"""Model folders as files: whole after a kill at any moment, never mixed, nothing odd followed."""

import json
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

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


def save_and_die(folder, version, operation):
    """Save in a process that dies before its file operation of this number; tell if it did."""
    return die_in(operation, lambda: save(folder, version))


def die_in(operation, write):
    """Call `write` in a process that dies before its file operation of this number."""
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_second_kill_while_the_first_is_mended_does_no_harm(tmp_path):
    folder = tmp_path / "m"
    for first in range(0, 60, 5):
        save(folder, 0)
        if not save_and_die(folder, 1, first):
            return
        after_first = version_of(folder)
        for second in range(1, 60, 9):
            save_and_die(folder, 2, second)
            assert version_of(folder) in (after_first, 2)
    pytest.fail("there are more than 60 file operations")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_leaves_no_part_of_a_first_model(tmp_path):
    folder, operation = tmp_path / "m", 0
    while save_and_die(folder, 1, operation):
        if folder.exists():
            assert version_of(folder) == 1
        operation += 1
        for path in folder.glob("*"):
            path.unlink()
        if folder.exists():
            folder.rmdir()
    assert version_of(folder) == 1


OLDER = ({"version": 0}, {"format_version": 3, "files": {}, "version": 0})


def write_older(folder, config):
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, content in (files(0) | {"config.json": json.dumps(config).encode()}).items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("config", OLDER, ids=["without sums", "of version 3"])
def test_a_folder_of_an_earlier_version_is_refused_in_one_line_and_may_be_replaced(
    tmp_path, config
):
    write_older(tmp_path / "m", config)
    complaint = r"config\.json is .* of another version .*: retrain the model with this version's"
    with pytest.raises(InputError, match=complaint) as error:
        read_model_folder(tmp_path / "m")
    assert "\n" not in str(error.value)
    save(tmp_path / "m", 1)
    assert version_of(tmp_path / "m") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_while_an_older_folder_is_replaced_leaves_it_or_the_new_model(tmp_path):
    folder, operation, outcomes = tmp_path / "m", 0, []
    while True:
        write_older(folder, OLDER[0])
        if not save_and_die(folder, 1, operation):
            break
        try:
            outcomes.append(version_of(folder))
        except InputError as error:
            outcomes.append(str(error))
        save(folder, 1)  # tidies up
        operation += 1
    refused = [outcome for outcome in outcomes if outcome != 1]
    assert 0 < len(refused) < len(outcomes)
    assert all("of another version" in outcome for outcome in refused)


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch):
    """Reading and writing meet far more often so; what they see of each other is the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


class Killed(BaseException):
    """Ends a writer at once, as a kill does: nothing catches it, so nothing is tidied up."""


def read_and_let_a_writer_in(folder):
    """Read version 0 while versions 1 and 2 are saved; return what each reading found.

    The writer comes in before each opening of a file by the reader, in turn, and for each of these
    moments it is killed before every fifth of its own file operations, in turn.
    """
    reading = writing = -1  # operations until something happens; below 0 nothing will
    stage, was_killed, found = 0, True, []

    def let_in(event, _):
        nonlocal reading, writing, was_killed
        if writing >= 0 and event in OPERATIONS:
            writing -= 1
            if writing < 0:
                was_killed = True
                raise Killed
        elif reading >= 0 and event == "open":
            reading -= 1
            if reading < 0:
                writing = stage
                with suppress(Killed):
                    save(folder, 1)
                    save(folder, 2)
                writing = -1

    sys.addaudithook(let_in)
    while was_killed:
        moment, was_killed = 0, False
        while reading < 0:
            save(folder, 0)
            reading = moment
            try:
                found.append(version_of(folder))
            except AssertionError:
                found.append("a mix")
            moment += 1
        reading, stage = -1, stage + 5
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_set_is_read_whole_whatever_part_of_a_replacement_falls_into_its_reading(
    tmp_path, no_waiting_for_the_disk
):
    child = os.fork()  # a process of its own, for no audit hook can be taken away again
    if not child:
        found = read_and_let_a_writer_in(tmp_path / "m")
        (tmp_path / "found").write_text(json.dumps(found))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = json.loads((tmp_path / "found").read_text())
    assert len(found) > 200
    assert set(found) == {0, 1, 2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_readers_see_the_old_model_or_the_new_one_while_another_process_replaces_it(
    tmp_path, no_waiting_for_the_disk
):
    folder = tmp_path / "m"
    save(folder, 0)
    writer = os.fork()
    if not writer:
        for version in range(1, 10**6):
            save(folder, version)
        os._exit(0)
    try:
        seen: list[int] = []
        while len(seen) < 3000 or len(set(seen)) <= 20:  # a busy machine saves seldom
            seen.append(version_of(folder))
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    assert seen == sorted(seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_at_any_moment_leaves_no_card_to_a_model_that_has_none(
    tmp_path, no_waiting_for_the_disk
):
    folder, operation, outcomes = tmp_path / "m", 0, set()
    new = {"model.safetensors": b"new"}
    while True:
        write_model_folder(folder, {}, files(0) | {"confusion.png": b"old"})
        killed = die_in(operation, lambda: write_model_folder(folder, {}, new))
        found = read_model_folder(folder)
        outcomes.add(tuple(sorted(found)))
        if not killed:
            break
        operation += 1
    assert outcomes == {("config.json", "model.safetensors"), tuple(sorted(MAX_BYTES))}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_a_file_of_another_training_is_named(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / "metrics.json").write_bytes(files(1)["metrics.json"])
    with pytest.raises(InputError, match=r"metrics\.json is not the one that config"):
        read_model_folder(tmp_path / "m")


def test_the_card_may_be_edited_by_hand(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / "README.md").write_text("mine")
    assert read_model_folder(tmp_path / "m")["README.md"] == b"mine"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "secret").write_text("key")
    for name in ("README.md", "model.safetensors"):
        (tmp_path / "m" / name).unlink()
        (tmp_path / "m" / name).symlink_to(tmp_path / "secret")
        with pytest.raises(InputError, match=f"{name} is damaged .*link out of the folder"):
            read_model_folder(tmp_path / "m")
        (tmp_path / "m" / name).unlink()
        (tmp_path / "m" / name).write_bytes(files(0)[name])


def test_the_links_of_the_hub_s_cache_are_followed(tmp_path):
    blobs, folder = tmp_path / "blobs", tmp_path / "snapshots" / "1a2b"
    folder.parent.mkdir()
    save(folder, 0)
    blobs.mkdir()
    for path in folder.iterdir():
        path.rename(blobs / path.name)
        path.symlink_to(f"../../blobs/{path.name}")
    assert version_of(folder) == 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pipe", "is not a file"),
        ("folder", "Is a directory|is no file"),
        ("loop", "Too many levels of symbolic links"),
        ("huge", "1,000,000,000,000 bytes and may have 401,000,000"),
        ("unreadable name", "No model folder"),
    ],
)
def test_what_is_no_file_of_a_model_is_refused_at_once(tmp_path, kind, reason):
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
    else:
        path = tmp_path / "m\0"
    with pytest.raises(InputError, match=reason) as error:
        read_model_folder(path if kind == "unreadable name" else tmp_path / "m")
    assert "\n" not in str(error.value)


def test_a_link_in_the_way_of_a_new_file_is_not_written_through(tmp_path):
    save(tmp_path / "m", 0)
    save(tmp_path / "precious", 7)
    for version, way in ((1, ".writing"), (2, ".new")):
        (tmp_path / "m" / way).symlink_to(tmp_path / "precious")
        assert version_of(tmp_path / "m") == version - 1
        save(tmp_path / "m", version)
        assert version_of(tmp_path / "m") == version
        assert version_of(tmp_path / "precious") == 7


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
    content = b"x" * 5000
    config = {"version": 1} | ({"long": "x" * 5000} if name == "config.json" else {})
    new = files(1) | ({} if name == "config.json" else {name: content})
    for folder in (tmp_path / "m", tmp_path / "new"):
        complaint = f"{folder} cannot be written: File too large"
        with files_of_at_most(4096), pytest.raises(InputError, match=complaint):
            write_model_folder(folder, config, new)
    assert version_of(tmp_path / "m") == 0
    assert len(list((tmp_path / "m").iterdir())) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_file_in_the_way_of_the_new_set_is_named(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / ".writing").touch()
    with pytest.raises(InputError, match="m cannot be written: File exists"):
        save(tmp_path / "m", 1)
    assert version_of(tmp_path / "m") == 0


def test_a_new_card_replaces_the_old_one_and_nothing_else(tmp_path):
    save(tmp_path / "m", 0)
    before = read_model_folder(tmp_path / "m")
    card = {"README.md": b"new card", "confusion.png": b"picture"}
    (tmp_path / "precious").mkdir()
    (tmp_path / "m" / ".writing").symlink_to(tmp_path / "precious")
    for _ in range(2):
        write_card(tmp_path / "m", card | {"model.safetensors": b"other weights"})
        assert read_model_folder(tmp_path / "m") == before | card
        assert len(list((tmp_path / "m").iterdir())) == 6
        assert list((tmp_path / "precious").iterdir()) == []


def test_a_card_that_cannot_be_written_leaves_the_old_one(tmp_path):
    save(tmp_path / "m", 0)
    card = {"README.md": b"x" * 5000, "confusion.png": b"picture"}
    complaint = "m cannot be written: File too large"
    with files_of_at_most(4096), pytest.raises(InputError, match=complaint):
        write_card(tmp_path / "m", card)
    assert version_of(tmp_path / "m") == 0


def test_a_folder_without_weights_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"format_version": 4, "files": {}}')
    with pytest.raises(InputError, match=r"has no model\.safetensors: copy the whole"):
        read_model_folder(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"No model folder .*nowhere: run python train\.py"):
        read_model_folder(tmp_path / "nowhere")


def test_json_is_written_for_people_to_read():
    text = '{\n "labels": [\n  "한국어",\n  "Čeština"\n ]\n}\n'
    assert to_json({"labels": ["한국어", "Čeština"]}) == text.encode()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_saving_and_reading_leave_no_file_open(tmp_path):
    save(tmp_path / "m", 0)
    before = len(os.listdir("/proc/self/fd"))
    for version in (1, 2):
        save(tmp_path / "m", version)
        save(tmp_path / f"m{version}", version)
        assert version_of(tmp_path / "m") == version
    assert len(os.listdir("/proc/self/fd")) <= before
