"""What a model records of the files that it was trained on: a name, rows and SHA-256 each."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def short_name(path: Path, taken: Iterable[str]) -> str:
    """Return the file's name, behind those of as many folders as tell it from others.

    >>> short_name(Path("/a/2024/rows.csv"), []), short_name(Path("/a/2024/rows.csv"), ["rows.csv"])
    ('rows.csv', '2024/rows.csv')
    """
    parts = path.absolute().parts[1:]
    names = ("/".join(parts[-n:]) for n in range(1, len(parts) + 1))
    return next((name for name in names if name not in taken), path.as_posix())


def file_facts(path: Path, n_rows: int) -> dict:
    """Return the number of rows used and the SHA-256 of the file at `path`."""
    return {"rows": n_rows, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
