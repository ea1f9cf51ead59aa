"""The names that a network is trained on in the browser, in model/web/names.txt."""

import re
from collections import defaultdict

from model.data.variation import folded

from .rows import Rows, labels_by_key, shuffled
from .spelling import match_key

PER_LANGUAGE = 400
PLAIN = re.compile("[a-z][a-z' -]*[a-z]")  # what model/web/datasets.js reads a name as


def playground_names(files: dict[str, Rows]) -> str:
    """Return a line a language, `Label: name, name …`: training names in plain lower-case letters.

    They are of one language only, the most common first where there are more than PER_LANGUAGE,
    then at random. None is a test name, however it is spelled.
    """
    ranks = {row[:2]: int(row[2]) for row in files["common.csv.gz"]}
    train, test = files["names_train.csv.gz"], labels_by_key(files["names_test.csv.gz"])
    languages, found = labels_by_key(train), defaultdict(dict)
    for row in sorted(train, key=lambda row: (ranks.get(row, PER_LANGUAGE), shuffled(row[0]))):
        name, key = folded(row[0]).lower(), match_key(row[0])
        if key not in test and len(languages[key]) == 1 and PLAIN.fullmatch(name):
            found[row[1]].setdefault(key, name)
    chosen = {label: sorted(list(of.values())[:PER_LANGUAGE]) for label, of in found.items()}
    return "".join(f"{label}: {', '.join(chosen[label])}\n" for label in sorted(chosen))
