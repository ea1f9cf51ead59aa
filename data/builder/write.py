"""Sort the rows, split them by name and write the files, the same bytes every time."""

import gzip
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from model.data.texts import match_key

TEST_ONE_IN = 3


def is_test(name: str) -> bool:
    """Tell whether a name, however it is spelled, belongs to the test file."""
    digest = hashlib.sha256(match_key(name).encode()).hexdigest()
    return int(digest, 16) % TEST_ONE_IN == 0


def in_order(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the rows without repetitions, sorted by match key, label and spelling."""
    return sorted(set(rows), key=lambda row: (match_key(row[0]), row[1], row[0]))


def split(rows: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Return {"train": rows, "test": rows}, each sorted; all rows of a name in one of them."""
    ordered = in_order(rows)
    return {
        "train": [row for row in ordered if not is_test(row[0])],
        "test": [row for row in ordered if is_test(row[0])],
    }


def packed(rows: list[tuple[str, str]]) -> bytes:
    """Return the rows as CSV in gzip without time or file name."""
    text = "".join(f"{name},{language}\n" for name, language in rows)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(text.encode("utf-8"))
    return buffer.getvalue()


def write(folder: Path, contents: dict[str, bytes]) -> None:
    """Write {file name: bytes} under `folder`."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
