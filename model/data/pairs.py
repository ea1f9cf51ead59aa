"""Pairs of a text and its label from a data folder, and the split of validation rows.

    Nakamura,Japanese       CSV in UTF-8 without a header, plain or gzipped; a text of several
    Rossi,Italian           labels has a row for each

names_train and names_test are needed. These files may stand beside them, each gzipped or plain
(without .gz, which comes first); data/README.md describes all of them:

    native_train    texts in other scripts than Latin, which join the training rows
    native_test     the same, scored separately
    given_names     given names and labels, to make full names of
    readings        Han names in Latin letters
    common          the most common names, with label and rank
    shares          texts with several labels, with label and share
    names_forms     other forms of names, as women write them, with label and the name: a form is
                    trained on, held out or scored apart as that name is
    given_known     given names that hardly anybody has as a surname, to look up
    attested        names to look up, never trained on, with their label, or the people outside of
                    all labels, and 1 if the evidence for it is enough, else 0
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Any

from ..errors import InputError, reason
from .forms import CSV
from .labelled import Known, fixed_table, labelled_rows, with_file
from .rows import NO_ROWS, Dataset, Files, Rows, Shares
from .splits import hold_out, to_dataset
from .texts import TextKind, match_key

NEEDED = ("names_train", "names_test")
LOOKED_UP = ("attested", "given_known")  # these never train
TRAINED_RANK = 100  # names of these ranks always train: a visitor tries them
# One added form in FORM_STEP trains. With all of them a network takes nearly every name in -ova for
# Czech, and Russian names of men, which are then outnumbered, for those of another people.
FORM_STEP = 4


def read_pairs(folder: str | Path, kind: TextKind) -> Dataset:
    """Read the files of names in `folder`; raise InputError if one is invalid.

    Of the texts of each label and script in names_train a tenth is held out to validate, and so are
    texts of native_train whose label names_train lacks; names of the first TRAINED_RANK ranks never
    are. Given and common names that are among the validation or test rows are left out.
    """
    folder = Path(folder)
    if not folder.is_dir():
        advice = "give --data a folder with names_train.csv.gz"
        if folder.name == "lecture":
            advice = "python data/fetch_lecture.py fetches it"
        raise InputError(f"No data folder {folder}: {advice}.")
    files: Files = {}

    def read_numbered(
        stem: str,
        known: Known = None,
        n_columns: int = 3,
        read_value: Callable[[str], Any] = float,
    ) -> tuple[Rows, list[Any]]:
        path = data_file(folder, stem)
        if stem not in NEEDED and not path.exists():
            return NO_ROWS, []
        rows, numbers = _read_rows(path, kind, known, n_columns, read_value)
        part = {"part": "look-up"} if stem in LOOKED_UP else {}
        files.update(with_file({}, path, len(rows), **part))
        return rows, numbers

    def read(stem: str, known: Known = None) -> Rows:
        rows, _ = read_numbered(stem, known, n_columns=2)
        return rows

    names = read("names_train")
    native = read("native_train")
    train = names + native
    labels = set(train.labels)
    common, numbers = read_numbered("common", labels)
    ranks = list(map(int, numbers))
    common = replace(common, ranks=ranks)
    forms, bases = read_numbered("names_forms", labels, read_value=str)
    test = read("names_test", labels)
    dataset = to_dataset(
        {"train": train, "test": test},
        kind,
        name=str(data_file(folder, "names_train")),
        drawn=_may_be_held_out(names, native, common, forms, bases),
    )
    readings = dict(read("readings").pairs())
    several, numbers = read_numbered("shares", labels)
    shares: Shares = {}
    for (text, label), share in zip(several.pairs(), numbers, strict=True):
        of_text = shares.setdefault(text, {})
        of_text[label] = share
    dataset = replace(
        dataset,
        native=read("native_test", labels),
        readings=readings,
        shares=shares,
        files=files,
    )
    dataset = _with_forms(dataset, forms, bases)
    attested, is_firm = read_numbered("attested", read_value=int)
    dataset = _with_attested(dataset, attested, is_firm)
    # Otherwise a validation surname such as Lan appears in training, as a given name of its label.
    given_names = dataset.unseen(read("given_names"))
    common = dataset.unseen(common)
    return replace(
        dataset,
        given_names=given_names,
        given_known=read("given_known"),
        common=common,
    )


def _with_attested(dataset: Dataset, attested: Rows, is_firm: list[int]) -> Dataset:
    """Return the dataset with names to look up; weak are those without a firm row."""
    firm = {match_key(text) for text in compress(attested.texts, is_firm)}
    weak = {text for text in attested.texts if match_key(text) not in firm}
    return replace(dataset, attested=attested, weak=frozenset(weak))


def _with_forms(dataset: Dataset, forms: Rows, bases: list[str]) -> Dataset:
    """Return the dataset with the forms of its names, the `bases`: each is where its name is.

    Forms of training names join these; forms of test names are scored apart. Neither the other form
    of a validation name nor that of a test name is trained on, whichever of the two is the form.
    """
    related = _related(dataset.held_out_keys(), forms, bases)
    dataset = replace(dataset, related=frozenset(related))
    tested = set(map(match_key, (dataset.test + dataset.native).texts))
    of_tested = [i for i, name in enumerate(bases) if match_key(name) in tested]
    others, scored = forms.part(of_tested)
    known = {(match_key(text), label) for text, label in dataset.train.pairs()}
    added = dataset.unseen(others)
    added = added.where(lambda text, label: (match_key(text), label) not in known)
    added = added.take(range(0, len(added), FORM_STEP))
    train = dataset.unseen(dataset.train) + added
    scored = scored.where(lambda text, _: match_key(text) not in tested)
    return replace(dataset, train=train, forms=scored)


def _related(
    keys: set[str],
    forms: Rows,
    bases: list[str],
) -> set[tuple[str, str]]:
    """Return the match keys and labels of other forms of the names with the `keys`."""
    related = set()
    for text, label, base in zip(forms.texts, forms.labels, bases, strict=True):
        form = match_key(text)
        name = match_key(base)
        if name in keys:
            related.add((form, label))
        if form in keys:
            related.add((name, label))
    return related


def _may_be_held_out(
    names: Rows,
    native: Rows,
    common: Rows,
    forms: Rows,
    bases: list[str],
) -> Rows:
    """Return the rows that may be held out: none of the names that visitors try."""
    latin = set(names.labels)
    tried = set()
    for text, rank in zip(common.texts, common.ranks, strict=True):
        if rank <= TRAINED_RANK:
            tried.add(match_key(text))
    tried |= {key for key, _ in _related(tried, forms, bases)}
    not_latin = native.where(lambda _, label: label not in latin)
    rows = names + not_latin
    return rows.where(lambda text, _: match_key(text) not in tried)


def data_file(folder: Path, stem: str) -> Path:
    """Return the path of a file of a data folder: plain if that is there, else gzipped."""
    plain = folder / f"{stem}.csv"
    return plain if plain.exists() else folder / f"{stem}.csv.gz"


def read_pretraining(
    paths: Sequence[Path],
    dataset: Dataset,
    kind: TextKind,
) -> tuple[Dataset, Dataset]:
    """Read the files `paths` and return the data of pretraining and of training proper.

    The first is `dataset` with the files' rows in place of its training rows, and their rows of
    other labels as `none`. The second is `dataset` with those of `none` whose text has no label of
    `dataset`. Both have all `other_labels` of the files. A tenth of these rows is kept for
    validation, in neither `none`. Rows whose text is among the validation or test rows are left out
    of both. Raises InputError for an invalid file.
    """
    rows = NO_ROWS
    files = dataset.files
    for path in paths:
        all_rows, _ = _read_rows(path, kind)
        unseen = dataset.unseen(all_rows)
        rows += unseen
        files = with_file(files, path, len(unseen), part="pretraining")
    labels = set(dataset.labels)
    known = rows.where(lambda _, label: label in labels)
    known_texts = set(known.texts)
    others = rows.where(lambda _, label: label not in labels)
    only_others = others.where(lambda text, _: text not in known_texts)
    other_labels = sorted(set(others.labels))
    outside, held_out = hold_out(only_others)
    keys = set(map(match_key, held_out.texts))
    others = others.where(lambda text, _: match_key(text) not in keys)
    dataset = replace(
        dataset, files=files, validation_none=held_out, other_labels=other_labels
    )
    pretraining = replace(dataset, train=known, none=others)
    training = replace(dataset, none=outside)
    return pretraining, training


def _read_rows(
    path: Path,
    kind: TextKind,
    known: Known = None,
    n_columns: int = 2,
    read_value: Callable[[str], Any] = float,
) -> tuple[Rows, list[Any]]:
    """Read a CSV of text and label, without a header; gzipped if it ends in .gz.

    A third column holds the values that are returned, too: numbers, or what `read_value` makes.
    """
    if not path.exists():
        advice = "check its name; data/README.md lists the files"
        raise InputError(f"No file {path}: {advice}.")
    table = fixed_table(str(path), form=CSV, header=False)
    if table.width != n_columns and not table.records[0].problem:
        columns = kind.text, kind.label, "number"
        needed = f"{n_columns} are needed, {','.join(columns[:n_columns])}"
        raise InputError(f"{path} has {table.width} columns: {needed}.")
    rows, _ = labelled_rows(table, 1, kind, known)
    values: list[Any] = []
    try:
        for row in table.rows:
            values += map(read_value, row.fields[2:])
    except ValueError as error:
        fault = f"{path}: {reason(error)}"
        raise InputError(f"{fault}: the third column holds numbers.") from None
    return rows, values
