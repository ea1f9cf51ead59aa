"""What a model folder holds of the data beside the texts that the network was trained on."""

from collections import Counter, defaultdict

from ..answering import CHUNK
from ..answers.belief import believed
from ..answers.decisions import joint_of
from ..answers.known import SOME, SURNAME_TIMES, USUALLY_GIVEN, GivenName, LookUp
from ..data.rows import Dataset
from ..text.letters import is_in_han
from ..trained import Model
from .metrics import predict_texts, shares_by_key

NAMED = 6  # bearers outside, for a name of none to be told whose it is
# Of the bearers of the people with most of them, for another to be named
PEOPLES_FRACTION = 1 / 5


def hold_texts(model: Model, dataset: Dataset) -> None:
    """Give a model what its folder holds of the dataset: training texts, and what is looked up."""
    everything = dataset.train + dataset.validation
    model.training_texts = shares_by_key(everything, dataset)
    model.look_up = look_up_of(model, dataset)


def look_up_of(model: Model, dataset: Dataset) -> LookUp:
    """Return what the dataset has of texts, by their match keys.

    Bearers are those of texts whose answer they change, or whose people outside can be named.
    """
    key = dataset.key
    labels = dataset.labels
    trained = model.training_texts
    tested = shares_by_key(dataset.test + dataset.native, dataset)
    unseen = {name: tested[name] for name in tested if name not in trained}
    texts: dict[str, str] = {}
    bearers: defaultdict[str, Counter] = defaultdict(Counter)
    outside: defaultdict[str, Counter] = defaultdict(Counter)
    for text, group, number in dataset.attested.triples():
        name = key(text)
        texts.setdefault(name, text)
        if group in labels:
            bearers[name][labels.index(group)] += number
        else:
            outside[name][group] += number
            # Of a judged name peoples are not added up: neighbours have it, too
            is_judged = name in trained or name in unseen
            total = max(outside[name].values()) if is_judged else outside[name].total()
            bearers[name][len(labels)] = total
    named = {name for name in outside if outside[name].total() >= NAMED}
    given: dict[str, GivenName] = {}
    for text, group, times in dataset.given_known.triples():
        of_name = given.setdefault(key(text), GivenName(times, []))
        of_name.groups.append(labels.index(group) if group in labels else group)
    kept = _changed(model, texts, bearers, unseen, named)
    usual = {name for name in given if given[name].times >= USUALLY_GIVEN}
    kept |= {name for name in usual if bearers[name].total() >= SOME}
    # Full names in Han are judged by them
    kept |= set(filter(is_in_han, bearers))
    surnames = {*trained, *unseen, *kept}
    known = set(given)
    for text, label in dataset.given_names.pairs():
        name = key(text)
        if name in surnames and name not in known:
            of_name = given.setdefault(name, GivenName(SURNAME_TIMES, []))
            of_name.groups.append(labels.index(label))
    return LookUp(
        bearers={name: dict(bearers[name]) for name in sorted(kept)},
        peoples={name: peoples_of(outside[name]) for name in sorted(kept & named)},
        unseen=unseen,
        given=given,
    )


def peoples_of(outside: Counter) -> list[str]:
    """Return the peoples that have a text, of most bearers first."""
    least = max(SOME, PEOPLES_FRACTION * max(outside.values()))
    return [people for people, number in outside.most_common() if number >= least]


def _changed(
    model: Model,
    texts: dict[str, str],
    bearers: dict[str, Counter],
    unseen: dict[str, dict[int, float]],
    named: set[str],
) -> set[str]:
    """Return the keys of the texts whose bearers change the verdict, or `named` ones of none.

    Both verdicts are by the thresholds of a model with a look-up, also of a text that is not in it.
    """
    names = sorted(texts)
    changed = set()
    for start in range(0, len(names), CHUNK):
        chunk = names[start : start + CHUNK]
        network = joint_of(*predict_texts(model, [texts[name] for name in chunk]))
        seen = [name not in unseen for name in chunk]
        belief = believed(network, [bearers[name] for name in chunk], seen)
        after = model.decide(belief, alone=False)
        before = model.decide(network, alone=False)
        for name, new, old in zip(chunk, after, before, strict=True):
            if new[:2] != old[:2] or (new.kind == "none" and name in named):
                changed.add(name)
    return changed
