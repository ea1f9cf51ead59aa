"""Below the answer: the texts that are one letter from another label."""

from collections import defaultdict
from operator import itemgetter
from typing import Any

from ..errors import InputError
from ..letters import LetterEncoder
from ..nearest import changes, letters_for
from .markup import message_of
from .page_model import PageModel


def has_nearest(shown: PageModel) -> bool:
    """Return whether letters of a text can be changed to get another label."""
    is_of_letters = isinstance(shown.classifier.encoder, LetterEncoder)
    return is_of_letters and not shown.kind.on_a_scale


def nearest_value(
    shown: PageModel, text: str, letters: dict[int, str]
) -> dict[str, Any]:
    """Return the nearest texts as nearest.js draws them, or what is wrong with the text.

    They are those of one changed letter that the network, without the data, takes for another
    label: of each label the surest, the surest of all first.
    """
    classifier = shown.classifier
    try:
        answer = classifier.answer(text)
        shown.check_length(text)
    except InputError as error:
        return {"problem": message_of(error)}
    of_script = letters_for(answer.read, classifier.encoder, letters)
    tried = changes(answer.read, of_script)
    shares, none = classifier.predict_all(list(tried), any_text=True)
    verdicts = classifier.model.decide(shares, none)
    said: dict[str, list] = defaultdict(list)  # label -> its probability and change
    for change, verdict in zip(tried.values(), verdicts, strict=True):
        if verdict.kind == "label":
            said[verdict.labels[0]].append((verdict.probability, change))
    if answer.of_network.kind == "label":
        said.pop(answer.of_network.labels[0], None)
    nearest = []
    for label, found in said.items():
        probability, change = max(found, key=itemgetter(0))
        nearest.append({"label": label, "probability": probability, "change": change})
    nearest.sort(key=itemgetter("probability"), reverse=True)
    return {"text": text, "nearest": nearest}
