"""Upload a data folder to the Hugging Face Hub as a dataset: `python data/push.py USER/NAME`.

One commit: the names, the datasheet as the dataset's card, licence and notice. The front matter of
the datasheet makes a configuration of each kind of file: names, native, pretraining ... Such a
dataset is what `python train.py --data hub:USER/NAME` trains on and `datasets.load_dataset` reads.
"""

import argparse
import gzip
import sys
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent)]

from model.data.rows import Dataset  # noqa: E402
from model.errors import InputError  # noqa: E402
from model.storage import hub  # noqa: E402
from model.tasks.names import read_names  # noqa: E402

NAMES = (
    *(f"{stem}_{part}.csv.gz" for stem in ("names", "native") for part in ("train", "test")),
    *(f"{stem}.csv.gz" for stem in ("pretraining", "given_names", "readings")),
)
BESIDE = ("README.md", "LICENSE", "NOTICE", "counts.svg")
# For a folder without a datasheet: enough for the Hub's viewer, and no claim about the names.
CARD = """---
task_categories:
  - text-classification
configs:
  - config_name: default
    data_files:
      - split: train
        path: names_train.csv.gz
      - split: test
        path: names_test.csv.gz
    names: ["name", "language"]
---

# Names with {labels} labels

{train:,} rows to train and {test:,} to test, two columns, name and label. Where the names come
from, and under which licence, is not written down yet.

| label | rows to train | rows to test |
| --- | --: | --: |
{lines}
"""


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what is uploaded, name -> content; raise InputError if the names are unfit."""
    dataset = read_names(folder)
    paths = (folder / name for name in (*NAMES, *BESIDE))
    files = {path.name: path.read_bytes() for path in paths if path.is_file()}
    plain = (path for name in NAMES if (path := folder / name.removesuffix(".gz")).is_file())
    files |= {f"{path.name}.gz": gzip.compress(path.read_bytes(), mtime=0) for path in plain}
    card = files.setdefault("README.md", _card(dataset))
    if b"\nconfigs:\n" not in card.split(b"\n---\n")[0]:
        raise InputError(
            f"{folder / 'README.md'} has no configs in its front matter, by which the Hub finds "
            "the files: take those of data/README.md, or move the file away for a short one."
        )
    return files


def _card(dataset: Dataset) -> bytes:
    train = Counter(dataset.train.labels) + Counter(dataset.validation.labels)
    test = Counter(dataset.test.labels)
    lines = [f"| {label} | {train[label]:,} | {test[label]:,} |" for label in dataset.labels]
    return CARD.format(
        labels=len(dataset.labels),
        train=train.total(),
        test=test.total(),
        lines="\n".join(lines),
    ).encode()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", metavar="USER/NAME", help="made if there is none")
    parser.add_argument("--data", type=Path, default=FOLDER, help="data folder (default: data/)")
    parser.add_argument("--private", action="store_true", default=None, help="seen by you alone")
    options = parser.parse_args(arguments)
    try:
        url = hub.upload(
            "dataset",
            options.repository,
            files_of(options.data),
            "Upload the dataset",
            private=options.private,
            managed=(*NAMES, *BESIDE),
        )
    except InputError as error:
        print(f"data/push.py: {error}", file=sys.stderr)
        return 2
    print(f"{url} has the names now; train on them with --data hub:{options.repository}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
