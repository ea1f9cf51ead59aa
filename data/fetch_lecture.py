"""Fetch the lecture's name files, which carry no licence, into the git-ignored data/lecture/.

`python data/fetch_lecture.py`; some benchmarks want them, and making the shipped weights again.
To build the dataset, to train a model of one's own and to run nothing of them is needed.
"""

import hashlib
import sys
import urllib.error
import urllib.request
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "lecture"
COMMIT = "e5a260fac0b4ff1e2ec434fc6f0d962ac97fc289"
ADDRESS = f"https://raw.githubusercontent.com/hunkim/PyTorchZeroToAll/{COMMIT}/data"
SHA256 = {
    "names_train.csv.gz": "49b4bf41dce5bfeac989b46ca37cf7baccd9a0d2a855df82f86de67a9376268f",
    "names_test.csv.gz": "57d7758db533a42c99d513b2341a7e7b0f55c1e0e7d233b1ef6a4fa2f1adf753",
}
TIMEOUT_SECONDS = 30


def fetch(name: str, expected: str) -> None:
    """Leave a checked copy of one file in FOLDER; raise OSError or ValueError otherwise."""
    path = FOLDER / name
    if path.exists():
        content = path.read_bytes()
    else:
        with urllib.request.urlopen(f"{ADDRESS}/{name}", timeout=TIMEOUT_SECONDS) as answer:
            content = answer.read()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"{name} has SHA-256 {found}, not {expected}: delete {path} and try again")
    if not path.exists():
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or none: `path` never holds half of it."""
    scratch = path.with_name(f"{path.name}.part")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def main() -> int:
    """Fetch both files; return the exit status."""
    for name, expected in SHA256.items():
        try:
            FOLDER.mkdir(exist_ok=True)
            fetch(name, expected)
        except FileExistsError:
            print(f"{FOLDER} is not a folder: move it away and try again", file=sys.stderr)
            return 2
        except urllib.error.URLError as error:
            print(
                f"{name} could not be fetched, is there a network? {error.reason}", file=sys.stderr
            )
            return 2
        except (OSError, ValueError) as error:
            print(f"data/fetch_lecture.py: {error}", file=sys.stderr)
            return 2
        print(f"data/lecture/{name}: in place, SHA-256 right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
