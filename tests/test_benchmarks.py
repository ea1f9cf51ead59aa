"""The table of common names, on which README's first figure rests, worked out by hand."""

from dataclasses import replace

from benchmarks.accuracy import compare
from model import TextClassifier
from model.decisions import Verdict
from model.tasks.names import NAMES


def test_common_names_weigh_by_their_bearers():
    shown = TextClassifier.load(NAMES.output).answer("Kelly")

    def answer(kind, **languages):
        predictions = list(languages.items())
        return replace(
            shown,
            verdict=Verdict(kind, (), 0.0),
            predictions=predictions,
        )

    irish = {
        "language": "Irish",
        "form": "own",
        "rank": "1",
        "accepted": "Irish|English",
    }
    weights = {"Kelly": "5", "Ryan": "3", "Foley": "2"}
    rows = [
        irish | {"name": name, "weight": weight} for name, weight in weights.items()
    ]
    answers = [
        answer("label", English=0.9, Irish=0.1),
        answer("none", Irish=0.3, Dutch=0.2),
        answer("unsure", Polish=0.9, Czech=0.06, Dutch=0.04, Irish=0.0),
    ]
    shares = ["80.0%", "50.0%", "30.0%", "80.0%", "30.0%", "20.0%", "20.0%"]
    _headings, of_group, of_all = compare.common_table(rows, [answers])
    assert of_group == ["Irish, own", "3", *shares]
    assert of_all == ["all", "3", *shares]
