"""What a tag publishes: one version, both pages. zizmor reads the workflows, too."""

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
WORKFLOWS = ROOT / ".github" / "workflows"


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


def test_nothing_is_published_before_tests_and_build_or_in_a_dry_run():
    workflow = yaml.safe_load((WORKFLOWS / "release.yml").read_text())
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    first = jobs.pop("pypi")
    assert first["if"] == "github.ref_type == 'tag' && !inputs.dry-run"
    before = [jobs.pop(name) for name in first["needs"]]
    assert len(before) == 2
    assert "write" not in str(before)
    assert {job["needs"] for job in jobs.values()} == {"pypi"}


def test_no_pull_request_may_write():
    for path in WORKFLOWS.glob("*.yml"):
        text = path.read_text()
        if "pull_request" in text:
            rights = re.findall(r"([\w-]+): write", text)
            assert set(rights) <= {"security-events"}  # CodeQL's findings


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
