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

from docs import release
from model import __version__

CHANGELOG = f"# Changelog\n\n## {__version__}\n\nNew.\n\n## 0.1\n\nOld.\n"
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (ROOT / ".github" / "workflows").iterdir()
}
JOBS = WORKFLOWS["release"]["jobs"]
ON = True  # the key `on`, as YAML 1.1 reads it


def rights_to_write(job):
    return {right for right, kind in job["permissions"].items() if kind == "write"}


@pytest.mark.parametrize("tag", [__version__, ""])
def test_the_notes_are_what_the_changelog_says_of_the_version(tag):
    assert release.notes_of(CHANGELOG, tag) == "New.\n"


@pytest.mark.parametrize(
    ("changelog", "tag", "place"),
    [
        (CHANGELOG, "0.1", "the tag is of 0.1"),
        (CHANGELOG, f"v{__version__}", f"the tag is of v{__version__}"),
        (CHANGELOG.replace(__version__, "9.0", 1), __version__, "CHANGELOG.md is of 9"),
    ],
)
def test_another_version_stops_the_release(changelog, tag, place):
    with pytest.raises(SystemExit, match=place):
        release.notes_of(changelog, tag)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The folder of a release whose changelog is the one above."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    docs = folder / "docs"
    docs.mkdir()
    shutil.copy(release.DOCS / "pages.html", docs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "DOCS", docs)
        release.main(str(folder / "out"), __version__)
    return folder / "out"


@pytest.mark.slow
def test_the_front_page_leads_to_the_page_of_each_model(released):
    front = (released / "pages" / "index.html").read_text()
    linked = {released / "pages" / link for link in re.findall('href="(.*?)"', front)}
    assert linked == set((released / "pages").glob("*/index.html"))
    labels = {"names": "Japanese", "reviews": "somewhat negative"}
    for task, label in labels.items():
        assert label in (released / "pages" / task / "index.html").read_text()


@pytest.mark.slow
def test_the_page_of_a_release_has_the_checksum_beside_it(released):
    check = ["sha256sum", "--check", "--strict", "index.html.sha256"]
    subprocess.run(check, cwd=released / "assets", check=True)
    assert (released / "notes.md").read_text() == "New.\n"


def test_a_release_starts_by_a_tag_or_by_hand_as_a_dry_run():
    started = WORKFLOWS["release"][ON]
    assert set(started) == {"push", "workflow_dispatch"}
    assert set(started["push"]) == {"tags"}
    assert started["workflow_dispatch"]["inputs"]["dry-run"]["default"] is True


def test_only_jobs_after_tests_and_build_may_write_and_not_in_a_dry_run():
    assert WORKFLOWS["release"]["permissions"] == {}
    assert set(JOBS["pypi"]["needs"]) == {"tests", "build"}
    assert JOBS["pypi"]["if"] == "github.ref_type == 'tag' && !inputs.dry-run"
    publishing = {name: job for name, job in JOBS.items() if job.get("needs")}
    after = {name for name, job in publishing.items() if job["needs"] == "pypi"}
    assert {"pypi", *after} == set(publishing)
    may_write = {name: found for name in JOBS if (found := rights_to_write(JOBS[name]))}
    assert may_write == {
        "pypi": {"id-token"},
        "github": {"contents"},
        "pages": {"pages", "id-token"},
    }
    with_secrets = {name for name, job in JOBS.items() if "secrets." in str(job)}
    assert with_secrets == {"hub"}
    assert "hub" in after


def test_no_pull_request_may_write():
    """But CodeQL its findings, to the Security tab."""
    for name, workflow in WORKFLOWS.items():
        assert "pull_request_target" not in workflow[ON]
        if "pull_request" in workflow[ON]:
            jobs = [workflow, *workflow["jobs"].values()]
            jobs = [job for job in jobs if "permissions" in job]
            rights = set().union(*map(rights_to_write, jobs))
            assert rights <= {"security-events"}, name


def test_actions_are_pinned_by_commit():
    for path in (ROOT / ".github" / "workflows").iterdir():
        for used in re.findall(r"uses: (.*)", path.read_text()):
            assert re.fullmatch(r"\$/.*|\S+@[0-9a-f]{40} # v[\d.]+", used), path.name


@pytest.mark.nightly
def test_page_model_and_names_go_to_the_hub_unless_it_is_a_dry_run(hub, with_token):
    programs = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    command = ["bash", ROOT / ".github" / "hub.sh", "ada"]
    dry = [*command, "--dry-run"]
    listed = subprocess.check_output(dry, env=environment, text=True)
    for name in ("index.html", "model.safetensors", "data/names_train.csv.gz"):
        assert re.search(rf"\d+ .*{re.escape(name)}$", listed, re.MULTILINE)
    assert not hub.requests

    subprocess.run(command, env=environment, check=True)
    files = {
        kind: repository.files for (kind, _), repository in hub.repositories.items()
    }
    assert "index.html" in files["spaces"]
    assert "model.safetensors" in files["models"]
    names = {path.name for path in (ROOT / "data").glob("*.csv.gz")}
    about = {"README.md", "LICENSE", "NOTICE", ".gitattributes"}
    assert set(files["datasets"]) == names | about
