"""Below the answer: the texts that are one letter from another label."""

from collections.abc import Callable
from typing import Any

from ..answering import check_explained
from ..answers.decisions import joint_of
from ..answers.nearest import changes, letters_for
from ..errors import InputError
from ..text.letters import LetterEncoder
from .markup import message_of
from .page_model import PageModel


def finder(shown: PageModel) -> Callable[[Any], dict]:
    """Return the function that scripts ask for the nearest texts."""

    def nearest(text: Any) -> dict:
        return nearest_value(shown, text, shown.alphabets)

    return nearest


def has_nearest(shown: PageModel) -> bool:
    """Return whether letters of a text can be changed to get another label."""
    is_of_letters = isinstance(shown.model.encoder, LetterEncoder)
    return is_of_letters and not shown.kind.on_a_scale


def nearest_value(
    shown: PageModel, text: str, letters: dict[int, str]
) -> dict[str, Any]:
    """Return the nearest texts as name.js draws them, or what is wrong with the text.

    They are those of one changed letter that the network, without the data, takes for another
    label than the answer's: of each label the surest, the surest of all first. A text that is not
    a name has none.
    """
    classifier = shown.classifier
    try:
        answer = classifier.answer(text)
        check_explained(shown.model, text)
    except InputError as error:
        return {"problem": message_of(error)}
    if answer.verdict.kind == "text":
        return {"text": text, "nearest": []}
    encoder = shown.model.encoder
    of_script = letters_for(answer.name, encoder, letters)
    tried = changes(answer.name, of_script, encoder.keep_case)
    shares, none = classifier.predict_all(list(tried), any_text=True)
    verdicts = shown.model.decide(joint_of(shares, none))
    found = zip(verdicts, tried.values(), strict=True)
    answered = {
        label
        for kind, labels, *_ in (answer.verdict, answer.of_network)
        if kind in ("label", "either")
        for label in labels
    }
    surest: dict[str, dict[str, Any]] = {}
    for verdict, change in sorted(found, key=lambda pair: -pair[0].probability):
        label = verdict.labels[0] if verdict.kind == "label" else None
        if label and label not in answered:
            row = {
                "label": label,
                "probability": verdict.probability,
                "change": change,
            }
            surest.setdefault(label, row)
    return {"text": text, "nearest": list(surest.values())}
