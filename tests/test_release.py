"""What a tag publishes: one version, both pages, rights that no pull request has."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from hub_server import TOKEN

from docs import release
from model import __version__

CHANGELOG = f"# Changelog\n\n## {__version__}\n\nNew.\n\n## 0.1\n\nOld.\n"
FILES = {path.stem: path.read_text() for path in (ROOT / ".github").glob("w*/*.yml")}
WORKFLOWS = {name: yaml.safe_load(text) for name, text in FILES.items()}
ON = True  # the key `on`, as YAML 1.1 reads it


def rights_to_write(*jobs):
    rights = [right for job in jobs for right in job.get("permissions", {}).items()]
    return {name for name, kind in rights if kind == "write"}


@pytest.mark.parametrize(
    ("version", "tag", "message"),
    [
        (__version__, "0.1", "the tag is of 0.1"),
        (__version__, f"v{__version__}", "the tag is of v"),
        ("9.0", __version__, "CHANGELOG.md is of 9.0"),
    ],
)
def test_another_version_stops_the_release(version, tag, message):
    with pytest.raises(SystemExit, match=message):
        release.notes_of(CHANGELOG.replace(__version__, version), tag)


@pytest.mark.nightly
def test_a_release_has_both_pages_and_the_checksum_of_one(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "DOCS", tmp_path / "docs")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "pages.html", tmp_path / "docs")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    release.main(str(tmp_path), __version__)
    pages = tmp_path / "pages"
    links = re.findall('href="(.*?)"', (pages / "index.html").read_text())
    assert {pages / link for link in links} == set(pages.glob("*/index.html"))
    for task, label in ("names", "Japanese"), ("reviews", "somewhat negative"):
        assert label in (pages / task / "index.html").read_text()
    check = ["sha256sum", "--check", "--strict", "index.html.sha256"]
    subprocess.run(check, cwd=tmp_path / "assets", check=True)
    assert (tmp_path / "notes.md").read_text() == "New.\n"


def test_a_release_starts_by_a_tag_or_by_hand_as_a_dry_run():
    started = WORKFLOWS["release"][ON]
    assert set(started) == {"push", "workflow_dispatch"}
    assert set(started["push"]) == {"tags"}
    assert started["workflow_dispatch"]["inputs"]["dry-run"]["default"] is True


def test_only_what_follows_tests_and_build_may_write_and_not_in_a_dry_run():
    jobs = dict(WORKFLOWS["release"]["jobs"])
    assert "secrets." not in str([jobs["tests"], jobs["build"]])
    assert not rights_to_write(
        WORKFLOWS["release"], jobs.pop("tests"), jobs.pop("build")
    )
    first = jobs.pop("pypi")
    assert set(first["needs"]) == {"tests", "build"}
    assert first["if"] == "github.ref_type == 'tag' && !inputs.dry-run"
    assert {job["needs"] for job in jobs.values()} == {"pypi"}


def test_no_pull_request_may_write():
    for workflow in WORKFLOWS.values():
        assert "pull_request_target" not in workflow[ON]
        if "pull_request" in workflow[ON]:
            rights = rights_to_write(workflow, *workflow["jobs"].values())
            assert rights <= {"security-events"}  # CodeQL's findings


def test_actions_are_pinned_by_commit():
    for used in re.findall("uses: (.*)", "\n".join(FILES.values())):
        assert re.fullmatch(r"\$/.*|\S+@[0-9a-f]{40} # v[\d.]+", used)


@pytest.mark.nightly
def test_page_model_and_names_go_to_the_hub_unless_it_is_a_dry_run(hub, monkeypatch):
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    command = ["bash", ROOT / ".github" / "hub.sh", "ada"]
    listed = subprocess.check_output([*command, "--dry-run"], text=True)
    assert " index.html\n" in listed
    assert not hub.requests

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    subprocess.run(command, check=True)
    assert {kind for kind, _ in hub.repositories} == {"spaces", "models", "datasets"}
    names = {path.name for path in (ROOT / "data").glob("*.csv.gz")}
    assert names < set(hub.repositories["datasets", "ada/surnames"].files)
