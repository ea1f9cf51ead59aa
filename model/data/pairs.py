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
    given_known     given names to look up, with labels or peoples, the likeliest first, and the
                    binary logarithm of how many times as often they come first as last
    attested        names to look up, never trained on, with their label, or the people outside of
                    all labels, and about how many of it bear them
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError, reason
from .formats import CSV
from .labelled import Known, fixed_table, labelled_rows, with_file
from .rows import NO_ROWS, Dataset, Files, Rows, Shares
from .splits import hold_out, to_dataset
from .tables import Table
from .texts import TextKind, match_key


class File(NamedTuple):
    """What is in a file beside texts and labels."""

    value: Callable[[str], Any] | None = None  # of a third column; None: it has none
    any_label: bool = False  # or only those of the files to train on
    use: str = ""  # that a model records of it; "": training


# In the order in which they are read
FILES = {
    "names_train": File(any_label=True),
    "native_train": File(any_label=True),
    "common": File(int),
    "names_forms": File(str),
    "names_test": File(),
    "readings": File(any_label=True),
    "shares": File(float),
    "native_test": File(),
    "attested": File(int, any_label=True, use="look-up"),
    "given_names": File(any_label=True),
    "given_known": File(int, any_label=True, use="look-up"),
}
NEEDED = ("names_train", "names_test")
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
    rows: dict[str, Rows] = {}
    labels: set[str] = set()
    for stem, file in FILES.items():
        path = data_file(folder, stem)
        rows[stem] = NO_ROWS
        if stem in NEEDED or path.exists():
            known = None if file.any_label else labels
            rows[stem], table = _read_rows(path, kind, known, file.value)
            files = with_file(files, table, len(rows[stem]), file.use)
        if stem.endswith("_train"):
            labels.update(rows[stem].labels)

    names, native = rows["names_train"], rows["native_train"]
    common, forms = rows["common"], rows["names_forms"]
    dataset = to_dataset(
        {"train": names + native, "test": rows["names_test"]},
        kind,
        name=str(data_file(folder, "names_train")),
        drawn=_may_be_held_out(names, native, common, forms),
    )
    shares: Shares = {}
    for text, label, share in rows["shares"].triples():
        shares.setdefault(text, {})[label] = share
    dataset = replace(
        dataset,
        native=rows["native_test"],
        readings=dict(rows["readings"].pairs()),
        shares=shares,
        given_known=rows["given_known"],
        attested=rows["attested"],
        files=files,
    )
    dataset = _with_forms(dataset, forms)
    # Otherwise a validation surname such as Lan appears in training, as a given name of its label.
    return replace(
        dataset,
        given_names=dataset.unseen(rows["given_names"]),
        common=dataset.unseen(common),
    )


def _with_forms(dataset: Dataset, forms: Rows) -> Dataset:
    """Return the dataset with the forms of its names, their values: each is where its name is.

    Forms of training names join these; forms of test names are scored apart. Neither the other form
    of a validation name nor that of a test name is trained on, whichever of the two is the form.
    """
    related = _related(dataset.scored_keys(), forms)
    dataset = replace(dataset, related=frozenset(related))
    tested = set(map(match_key, (dataset.test + dataset.native).texts))
    of_tested = [i for i, name in enumerate(forms.values) if match_key(name) in tested]
    others, scored = forms.split(of_tested)
    known = {(match_key(text), label) for text, label in dataset.train.pairs()}
    added = dataset.unseen(others)
    added = added.where(lambda text, label: (match_key(text), label) not in known)
    added = added.take(range(0, len(added), FORM_STEP))
    train = dataset.unseen(dataset.train) + replace(added, values=[])
    scored = scored.where(lambda text, _: match_key(text) not in tested)
    return replace(dataset, train=train, forms=scored)


def _related(keys: set[str], forms: Rows) -> set[tuple[str, str]]:
    """Return the match keys and labels of other forms of the names with the `keys`."""
    related = set()
    for text, label, base in forms.triples():
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
) -> Rows:
    """Return the rows that may be held out: none of the names that visitors try."""
    latin = set(names.labels)
    tried = {
        match_key(text) for text, _, rank in common.triples() if rank <= TRAINED_RANK
    }
    tried |= {key for key, _ in _related(tried, forms)}
    not_latin = native.where(lambda _, label: label not in latin)
    return (names + not_latin).where(lambda text, _: match_key(text) not in tried)


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
        all_rows, table = _read_rows(path, kind)
        unseen = dataset.unseen(all_rows)
        rows += unseen
        files = with_file(files, table, len(unseen), "pretraining")
    labels = set(dataset.labels)
    known = rows.where(lambda _, label: label in labels)
    known_texts = set(known.texts)
    others = rows.where(lambda _, label: label not in labels)
    only_others = others.where(lambda text, _: text not in known_texts)
    other_labels = sorted(set(others.labels))
    outside, to_validate = hold_out(only_others)
    keys = set(map(match_key, to_validate.texts))
    others = others.where(lambda text, _: match_key(text) not in keys)
    dataset = replace(
        dataset, files=files, validation_none=to_validate, other_labels=other_labels
    )
    pretraining = replace(dataset, train=known, none=others)
    return pretraining, replace(dataset, none=outside)


def _read_rows(
    path: Path,
    kind: TextKind,
    known: Known = None,
    value: Callable[[str], Any] | None = None,
) -> tuple[Rows, Table]:
    """Read a CSV of text and label, without a header; gzipped if it ends in .gz.

    The rows' values are what `value` makes of a third column, which there is then.
    """
    if not path.exists():
        raise InputError(
            f"No file {path}: check its name; data/README.md lists the files."
        )
    table = fixed_table(path, CSV, False)
    columns = [kind.text, kind.label, *(["number"] if value else [])]
    if table.width != len(columns) and not table.records[0].problem:
        raise InputError(
            f"{path} has {table.width} columns: {len(columns)} are needed, {','.join(columns)}."
        )
    rows, _ = labelled_rows(table, 1, kind, known)
    try:
        values = [value(row.fields[2]) for row in table.rows] if value else []
    except ValueError as error:
        raise InputError(
            f"{path}: {reason(error)}: the third column holds numbers."
        ) from None
    return replace(rows, values=values), table
