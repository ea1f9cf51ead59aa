"""Fuzz one reader of files: inputs by atheris, guided by coverage; only InputError may be raised.

    pip install atheris
    python -m benchmarks.robustness.fuzz csv                 # 100,000 inputs; minutes
    python -m benchmarks.robustness.fuzz csv --runs 5000

The entries are those of fuzz_entries.py. An input that takes over 5 s or 1,500 MB, or that raises
another error, ends the run, and libFuzzer keeps it in a temporary folder, fuzz-….
"""

import argparse
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

# Imported here because atheris instruments modules while they are imported.
with atheris.instrument_imports(include=["model"]):
    from benchmarks.robustness.fuzz_entries import ENTRIES, corpus
    from model.errors import InputError

LIMITS = ["-timeout=5", "-rss_limit_mb=1500", "-print_final_stats=1"]


def main() -> None:
    """Fuzz the entry; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("entry", choices=ENTRIES)
    parser.add_argument("--runs", type=int, default=100_000, help="inputs (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    entry = ENTRIES[options.entry]

    def feed(content: bytes) -> None:
        try:
            entry(content)
        except InputError as error:
            if "\n" in str(error) or len(str(error)) > 2000:
                raise AssertionError(f"not one line: {str(error)[:300]!r}") from None

    os.chdir(tempfile.mkdtemp(prefix="fuzz-"))
    Path("corpus").mkdir()
    for number, content in enumerate(corpus(options.entry)):
        Path("corpus", str(number)).write_bytes(content)
    with suppress(InputError):
        entry(b"Awarm")  # makes what all inputs start from
    length = 25_000 if options.entry == "checkpoint" else 4_000  # of a valid file and more
    flags = [f"-runs={options.runs}", f"-seed={options.seed}", f"-max_len={length}", *LIMITS]
    atheris.Setup([sys.argv[0], *flags, "corpus"], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
