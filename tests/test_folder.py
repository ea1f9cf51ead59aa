"""Model folders as files: whole after a kill at any moment, never mixed, nothing odd followed."""

import json
import os
import sys
import traceback
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from model.atomic import write_files
from model.errors import InputError
from model.storage.folder import (
    check_replaceable,
    read_model_folder,
    whole_set,
    write_model_folder,
)
from model.storage.hub import model_folder

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


def in_a_process(work, then, operation, kinds):
    """Do `work` in a process that does `then` before its operation of this number of these kinds.

    Returns the exit code: what `work` returns, or 99 if it has no operation of this number.
    """
    child = os.fork()
    if not child:
        left = [operation]

        def count(event, _):
            if event in kinds:
                left[0] -= 1
                if left[0] == -1:
                    then()

        sys.addaudithook(count)
        try:
            outcome = work() or 0
        except BaseException:  # which must not go on as a second pytest
            traceback.print_exc()
            os._exit(98)
        os._exit(99 if left[0] >= 0 else outcome)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def outcomes_of(work, then, step=1, kinds=frozenset(OPERATIONS)):
    """Yield the exit code of `work` with `then` before each of its file operations in turn."""
    for operation in count(0, step):
        if (code := in_a_process(work, then, operation, kinds)) == 99:
            return
        yield code


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.nightly)])
def test_a_kill_at_any_moment_leaves_the_old_model_or_the_new_one(tmp_path, step):
    folder, versions = tmp_path / "m", []
    save(folder, 0)
    for code in outcomes_of(lambda: save(folder, 1), lambda: os._exit(9), step):
        assert code == 9
        versions.append(version_of(folder))
        save(folder, 0)  # after any kill the next save goes through
        assert version_of(folder) == 0
        assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert versions == sorted(
        versions
    )  # once the new model counts, it goes on to count
    assert set(versions) == {0, 1}
    assert version_of(folder) == 1


@needs_fork
@pytest.mark.slow
def test_a_kill_between_the_two_renames_leaves_the_new_model_and_what_is_hidden(
    tmp_path, monkeypatch
):
    folder = tmp_path / "m"
    save(folder, 0)
    hidden = folder / ".git" / "HEAD"
    hidden.parent.mkdir()
    hidden.write_text("ref: refs/heads/main")
    gone = 0
    kills = outcomes_of(lambda: save(folder, 1), lambda: os._exit(9), 1, {"os.rename"})
    for _ in kills:
        if not folder.exists():
            gone += 1
            assert version_of(folder) == 1
            monkeypatch.chdir(tmp_path.parent)
            here = f"{tmp_path.name}/m"  # might be a name on the Hub, too
            assert model_folder(here) == Path(here)
        save(folder, 0)
        assert hidden.read_text() == "ref: refs/heads/main"
    assert gone == 1  # there is one such moment


@needs_fork
def test_a_save_whose_rename_fails_leaves_the_old_model(tmp_path):
    folder = tmp_path / "m"
    save(folder, 0)

    def fail():
        raise OSError("the disk is gone")

    def work():
        with suppress(InputError):
            save(folder, 1)
            return 0  # there are no more renames
        assert [path.name for path in tmp_path.iterdir()] == ["m"]
        return 50 + version_of(folder)

    assert set(outcomes_of(work, fail, 1, {"os.rename"})) == {50}


@needs_fork
@pytest.mark.slow
def test_a_reader_that_meets_a_save_gets_one_of_the_two_models(tmp_path):
    folder = tmp_path / "m"
    save(folder, 0)
    versions = set()
    for version in outcomes_of(lambda: version_of(folder), lambda: save(folder, 1)):
        versions.add(version)
        save(folder, 0)
    assert versions <= {0, 1}
    assert 1 in versions


def test_a_private_folder_stays_private(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m").chmod(0o700)
    save(tmp_path / "m", 1)
    assert (tmp_path / "m").stat().st_mode & 0o777 == 0o700


def test_the_current_folder_is_not_replaced(tmp_path, monkeypatch):
    save(tmp_path / "m", 0)
    monkeypatch.chdir(tmp_path / "m")
    with pytest.raises(InputError, match="m is the current folder or a mount point"):
        save(tmp_path / "m", 1)
    assert version_of(tmp_path / "m") == 0


def test_the_root_of_the_disk_is_not_replaced():
    """As `--output "$UNSET/"` asks for."""
    with pytest.raises(InputError, match=r"^/ "):
        check_replaceable(Path("/"))


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    save(tmp_path / "real", 0)
    (tmp_path / "m").symlink_to("real")
    save(tmp_path / "m", 1)
    assert (tmp_path / "m").is_symlink()
    assert version_of(tmp_path / "real") == 1


@pytest.fixture(params=[{}, {"format_version": 4, "files": {}}])
def earlier(request, tmp_path):
    """A folder of an earlier version of the program."""
    folder = tmp_path / "m"
    folder.mkdir()
    config = {"config.json": json.dumps(request.param).encode()}
    for name, content in (files(0) | config).items():
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_of_an_earlier_version_is_refused_and_may_be_replaced(earlier):
    message = r"^[^\n]*config\.json is .* of another version .*: retrain the model with this ver"
    with pytest.raises(InputError, match=message):
        read_model_folder(earlier)
    save(earlier, 1)
    assert version_of(earlier) == 1


def test_a_file_of_another_training_is_named(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / "metrics.json").write_bytes(files(1)["metrics.json"])
    message = r"metrics\.json is damaged, not the one of config"
    with pytest.raises(InputError, match=message):
        read_model_folder(tmp_path / "m")


@pytest.mark.slow
def test_no_flipped_bit_of_config_json_passes_for_another_config(tmp_path):
    """One of the name of its checksum does no harm."""
    save(tmp_path / "m", 0, labels=["Czech", "Dutch"], temperature=1.25)
    path = tmp_path / "m" / "config.json"
    content = path.read_bytes()
    config = json.loads(content)
    del config["sha256"]
    accepted = 0
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with suppress(InputError):
            read_model_folder(tmp_path / "m")
            assert json.loads(changed).items() >= config.items()
            accepted += 1
    assert accepted < 20


def test_a_card_may_be_edited(tmp_path):
    save(tmp_path / "m", 0)
    (tmp_path / "m" / "README.md").write_text("mine")
    assert read_model_folder(tmp_path / "m")["README.md"] == b"mine"


def test_links_are_followed_into_the_hub_s_cache(tmp_path):
    blobs = tmp_path / "blobs"
    folder = tmp_path / "snapshots" / "1a2b"
    save(folder, 0)
    blobs.mkdir()
    for path in folder.iterdir():
        path.rename(blobs / path.name)
        path.symlink_to(f"../../blobs/{path.name}")
    assert version_of(folder) == 0


@pytest.mark.parametrize("name", ["README.md", "model.safetensors"])
def test_links_out_of_the_folder_are_not_followed(tmp_path, name):
    folder = tmp_path / "m"
    save(folder, 0)
    (tmp_path / "secret").write_text("key")
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "secret")
    message = f"{name} cannot be read .*link out of the folder"
    with pytest.raises(InputError, match=message):
        read_model_folder(folder)


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


LONG = b"x" * 5000


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("m", lambda folder: save(folder, 1, {"model.safetensors": LONG})),
        ("m", lambda folder: save(folder, 1, long=LONG.decode())),
        ("m", lambda folder: write_files(folder, {"README.md": LONG})),
        ("new", lambda folder: save(folder, 1, {"README.md": LONG})),
        ("new", lambda folder: write_files(folder, {"index.html": LONG})),
    ],
    ids=["weights", "config", "card alone", "new folder", "page"],
)
def test_a_write_that_fails_changes_nothing(tmp_path, name, write):
    save(tmp_path / "m", 0)
    message = f"{tmp_path / name} cannot be written: File too large"
    with files_of_at_most(4096), pytest.raises(InputError, match=message):
        write(tmp_path / name)
    assert version_of(tmp_path / "m") == 0
    assert len(list((tmp_path / "m").iterdir())) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_new_card_replaces_the_old_one_alone(tmp_path):
    save(tmp_path / "m", 0)
    before = read_model_folder(tmp_path / "m")
    card = {"README.md": b"new card", "confusion.png": b"picture"}
    killed = tmp_path / "m" / ".README.md.1.part"
    killed.touch()
    write_files(tmp_path / "m", card)
    assert not killed.exists()
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
