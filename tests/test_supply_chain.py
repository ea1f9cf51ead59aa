"""What is installed, and that the shipped weights and data are those of the figures."""

import hashlib
import json
import re
import runpy

import pytest
from conftest import ROOT, run
from packaging.requirements import Requirement

from model import TextClassifier
from model.tasks.names import read_names

NAMES = ROOT / "model" / "weights" / "names"
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = re.findall(r"^([\w.-]+)==(\S+)[^\n]*\\\n((?: +--hash=sha256:\w{64}.*\n)+)", LOCK, re.M)
# Raises at the first look-up or connection.
NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        raise SystemExit(f"{event} {arguments[-1]}")
sys.addaudithook(refuse)
import model, train, app, model.__main__
"""


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_lock_has_a_version_and_hashes_for_every_requirement():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [Requirement(line.split("#")[0]) for line in lines if line[:1] not in ("#", "")]
    versions = {name.lower().replace("_", "-"): version for name, version, _ in LOCKED}
    assert len(LOCKED) == len(re.findall(r"^[\w.-]+==", LOCK, re.M))  # none without a hash
    for requirement in wanted:
        assert requirement.specifier.contains(versions[requirement.name]), requirement


def test_every_requirement_has_a_licence_in_the_docs():
    table = (ROOT / "docs" / "licences.md").read_text().casefold()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        name = re.match(r"[\w-]*", line)[0].replace("-", "[-_]")
        assert not name or re.search(rf"\| {name} \|", table), name
    assert "unknown" not in table


def test_an_import_asks_no_network():
    done = run("-c", NO_NETWORK)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def classifier():
    return TextClassifier.load(NAMES)


def test_the_test_split_is_the_one_that_the_figures_were_measured_on(classifier):
    files = read_names(ROOT / "data").files  # test_shipped.py computes the figures again
    assert files == {name: classifier.metrics["dataset"][name] for name in files}


def test_every_file_that_the_weights_were_trained_on_is_committed_or_the_lecture_s(classifier):
    fetched = runpy.run_path(str(ROOT / "data" / "fetch_lecture.py"))["SHA256"]
    for name, facts in classifier.metrics["dataset"].items():
        path = ROOT / "data" / name
        if path.parent.name == "lecture":  # without a licence, so its sum alone is committed
            assert facts["sha256"] == fetched[path.name]
        else:
            assert facts["sha256"] == sha256(path)


def test_config_and_card_state_the_sum_of_the_weights():
    sums = json.loads((NAMES / "config.json").read_text())["files"]
    assert sums["model.safetensors"] == sha256(NAMES / "model.safetensors")
    card = (NAMES / "README.md").read_text()
    stated = re.findall(r"model\.safetensors.*?([0-9a-f]{64})", card)
    if not stated:
        pytest.skip("this card states no sum of the weights")
    assert set(stated) == {sums["model.safetensors"]}
