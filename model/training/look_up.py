"""What a model folder holds of the data beside the texts that the network was trained on."""

from collections import Counter, defaultdict

from ..answers.belief import believed
from ..answers.decisions import joint_of
from ..answers.known import LookUp
from ..data.rows import Dataset
from ..trained import Model
from .metrics import shares_by_key

CHUNK = 4096  # texts that are read at once
LEAST_CHANGE = 0.1  # of a probability, for which a text's bearers are kept
PEOPLES_PART = 1 / 3  # of the bearers of the people with most of them, for another to be named


def look_up_of(model: Model, dataset: Dataset) -> LookUp:
    """Return what the dataset has of texts, by their match keys.

    Bearers are those of texts whose answer they change, or whose people outside can be named.
    """
    key = dataset.key
    labels = dataset.labels
    trained = model.training_texts
    held_out = shares_by_key(dataset.test + dataset.native, dataset)
    unseen = {name: held_out[name] for name in held_out if name not in trained}
    texts: dict[str, str] = {}
    bearers: defaultdict[str, Counter] = defaultdict(Counter)
    outside: defaultdict[str, Counter] = defaultdict(Counter)
    for (text, group), number in zip(
        dataset.attested.pairs(), dataset.bearers, strict=True
    ):
        name = key(text)
        texts.setdefault(name, text)
        is_label = group in labels
        bearers[name][labels.index(group) if is_label else len(labels)] += number
        if not is_label:
            outside[name][group] += number
    kept = _changed(model, texts, bearers, unseen)
    given: defaultdict[str, list[int | str]] = defaultdict(list)
    times = {}
    for (text, group), number in zip(
        dataset.given_known.pairs(), dataset.times, strict=True
    ):
        given[key(text)].append(labels.index(group) if group in labels else group)
        times[key(text)] = number
    surnames = {*trained, *unseen, *kept}
    for text, label in dataset.given_names.pairs():
        if key(text) in surnames and key(text) not in times:
            given[key(text)].append(labels.index(label))
    return LookUp(
        bearers={name: dict(bearers[name]) for name in kept},
        peoples={name: _peoples(outside[name]) for name in kept if name in outside},
        unseen=unseen,
        given=dict(given),
        times=times,
    )


def _peoples(outside: Counter) -> list[str]:
    """Return the peoples that have a text, of most bearers first."""
    least = PEOPLES_PART * max(outside.values())
    return [people for people, number in outside.most_common() if number >= least]


def _changed(
    model: Model,
    texts: dict[str, str],
    bearers: dict[str, Counter],
    unseen: dict[str, dict[int, float]],
) -> list[str]:
    """Return the keys of the texts whose bearers change the answer, in order."""
    names = sorted(texts)
    changed = []
    for start in range(0, len(names), CHUNK):
        chunk = names[start : start + CHUNK]
        ids = [model.encoder.encode(texts[name]) for name in chunk]
        shares, none = model.probabilities(ids)
        network = joint_of(shares.numpy(), none.numpy())
        seen = [name not in unseen for name in chunk]
        belief = believed(network, [bearers[name] for name in chunk], seen)
        differences = abs(belief - network).max(axis=1)
        verdicts = zip(model.decide(belief), model.decide(network), strict=True)
        for name, difference, (after, before) in zip(
            chunk, differences, verdicts, strict=True
        ):
            is_changed = after[:2] != before[:2] or difference >= LEAST_CHANGE
            is_named = after.kind == "none" and len(model.labels) in bearers[name]
            if is_changed or is_named:
                changed.append(name)
    return changed
