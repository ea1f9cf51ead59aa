"""Score the page on counted persons, each of whom is left out of the counts that answer.

    nice python -m benchmarks.accuracy.persons [--of-each 400] [--write]    # two minutes

Persons are drawn by chance from those of name2nat, as many of each language, and of all peoples
outside together. A person's surname is right if the first answer is the language of the
nationality, or none: so a German named Novak counts as an error, and not every error is one. The
network alone stands beside it; it was trained on most of these names, because somebody bears them.
Poles, Scots and the peoples of Scandinavia and Turkey are hardly counted as persons: nothing is
said of them. Needs data/.cache, which `python -m data.build` fills.
"""

import random
from collections import Counter, defaultdict
from copy import copy

import numpy as np

from benchmarks.common import machine, parser_of, print_table, weigh
from data.builder.attested import ADJECTIVES, bearers_of, classed
from data.builder.claims import Claims, claims_by_key
from data.builder.languages import LANGUAGES, NEUTRAL, group_of, surname_of
from data.builder.packages import fetch_all, persons, surname_lists
from data.builder.spelling import clean_spelling, match_key
from model import TextClassifier
from model.answers import belief
from model.answers.decisions import joint_of
from model.answers.held_out import NONE_PRIOR
from model.answers.known import Facts
from model.tasks.names import NAMES
from model.training.reliability import expected_calibration_error, weighed_bins

LEAST_PERSONS = 1000  # persons of a language
OUTSIDE = "other peoples"
LABELS = [*LANGUAGES, OUTSIDE]  # as the network has them, and none
LEFT = (
    "none left",
    "a few left",
    "some left",
    "many left",
)  # bearers, without the person
SURE_FROM = 0.8
CURVES = {  # what else the numbers of belief.py might be
    "PRIOR_BEARERS": (0.5, 1, 4),
    "SEEN": (0.25, 1),
    "FROM_OUTSIDE": (0.003, 0.01, 0.1),
    "TEMPERATURE": (1, 1.1, 1.4),
}
COLUMNS = ("rows", "right", "network_alone", "sure_and_wrong", "ece")


def drawn(of_each: int) -> dict[str, list[tuple[str, str]]]:
    """Return {language or OUTSIDE: (surname, group) of persons of one nationality}."""
    found = defaultdict(list)
    for words, nationalities in persons():
        groups = {group_of(nationality) for nationality in nationalities}
        if len(groups) > 1 or groups & NEUTRAL:
            continue
        [group] = groups
        surname = clean_spelling(surname_of(words, group))
        if surname:
            language = group if group in LANGUAGES else OUTSIDE
            found[language].append((surname, group))
    draw = random.Random(0)
    chosen = {}
    for language, of_language in sorted(found.items()):
        if len(of_language) >= LEAST_PERSONS:
            size = of_each * (len(LANGUAGES) // 3 if language == OUTSIDE else 1)
            chosen[language] = draw.sample(of_language, min(size, len(of_language)))
    return chosen


def without(claims: Claims, group: str) -> Claims:
    """Return the evidence on a name without one person of a group."""
    rest = copy(claims)
    before = claims.persons[group]
    rest.persons = claims.persons.copy()
    rest.persons[group] -= 1
    rest.frequencies = dict(claims.frequencies)
    rest.frequencies[group] *= rest.persons[group] / before
    if rest.persons[group] <= 0 and not claims.sources.get(group):
        rest.people = dict(claims.people)
        rest.people.pop(group, None)
    return rest


def read_persons(
    chosen: dict[str, list[tuple[str, str]]],
) -> tuple[list[dict], np.ndarray]:
    """Return a row for each person with the bearers that are left, and what the network says."""
    claims_of = claims_by_key(surname_lists())
    classifier = TextClassifier.load()
    rows = []
    for language, of_language in chosen.items():
        for surname, group in of_language:
            claims = claims_of[match_key(surname)]
            if claims.persons[group] < 1:  # a given name, which closed sets leave
                continue
            bearers = Counter()
            outside = Counter()
            left = bearers_of(without(claims, group))
            for _, people, number in classed(surname, left):
                language_or_none = people if people in LANGUAGES else OUTSIDE
                bearers[LABELS.index(language_or_none)] += int(number)
                if language_or_none == OUTSIDE:
                    outside[people] += int(number)
            amount = Facts(bearers=bearers).amount or "none"
            row = {"name": surname, "language": language, "bearers": bearers}
            row |= {"people": ADJECTIVES.get(group, group), "outside": outside}
            rows.append(row | {"left": f"{amount} left"})
    return rows, joint_of(*classifier.predict_all([row["name"] for row in rows]))


def answer(rows: list[dict], network: np.ndarray) -> None:
    """Add to the rows what network and data, and the network alone, answer."""
    bearers = [row["bearers"] for row in rows]
    both = belief.believed(network, bearers, [True] * len(rows))
    for row, together, alone in zip(rows, both, network, strict=True):
        row["right"] = LABELS[together.argmax()] == row["language"]
        row["network"] = LABELS[alone.argmax()] == row["language"]
        row["probability"] = together.max()


def weights_of(rows: list[dict]) -> np.ndarray:
    """Return what each person counts (n,): languages alike, and peoples as NONE_PRIOR says."""
    groups = [row["language"] for row in rows]
    n_languages = len({*groups} - {OUTSIDE})
    shares = dict.fromkeys(groups, (1 - NONE_PRIOR) / max(n_languages, 1))
    return weigh(groups, shares | {OUTSIDE: NONE_PRIOR})


def scores(rows: list[dict]) -> dict[str, float]:
    """Return the scores of some persons, as they count."""
    names = "right", "network", "probability"
    right, network, probability = (
        np.array([row[name] for row in rows]) for name in names
    )
    weighed = weights_of(rows)
    shares = (
        weighed @ right,
        weighed @ network,
        weighed @ ((probability > SURE_FROM) & ~right),
        expected_calibration_error(weighed_bins(probability, right, weighed)),
    )
    rounded = [round(float(share), 3) for share in shares]
    return dict(zip(COLUMNS, (len(rows), *rounded), strict=True))


def main() -> None:
    """Print the table of all persons, by language, and by how many bearers are left."""
    parser = parser_of(__doc__)
    parser.add_argument("--of-each", type=int, default=400, metavar="N")
    parser.add_argument("--write", action="store_true", help="into metrics.json")
    options = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    fetch_all()
    rows, network = read_persons(drawn(options.of_each))
    answer(rows, network)
    table = {"all": scores(rows)}
    for group in (*sorted({row["language"] for row in rows}), *LEFT):
        of_group = [row for row in rows if group in (row["language"], row["left"])]
        table[group] = scores(of_group)
    if options.write:
        classifier = TextClassifier.load()
        classifier.metrics["persons"] = table
        classifier.save(NAMES.output)
    for name, values in CURVES.items():
        usual = getattr(belief, name)
        for value in values:
            setattr(belief, name, value)
            answer(rows, network)
            table[f"all, {name} = {value}"] = scores(rows)
        setattr(belief, name, usual)
    cells = [
        [title, *(row | {"ece": f"{row['ece']:.3f}"}).values()]
        for title, row in table.items()
    ]
    print_table(["", *COLUMNS], cells)


if __name__ == "__main__":
    main()
