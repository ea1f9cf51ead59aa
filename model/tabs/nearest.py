"""Below the answer: one letter to another label, and what to do where there is no label."""

from collections import defaultdict
from operator import itemgetter
from typing import Any

from ..errors import InputError
from ..letters import LetterEncoder
from ..nearest import alphabets, changes, letters_for
from .markup import html, message_of, script
from .page_model import PageModel


def nearest_part(shown: PageModel, trains: bool) -> None:
    """One piece of HTML, whose script asks for the nearest texts when a button is pressed."""
    if not has_nearest(shown):
        return
    encoder = shown.classifier.encoder
    letters = alphabets(encoder, shown.classifier.training_texts)

    def nearest(text: Any) -> dict:
        return nearest_value(shown, text, letters)

    html(
        "",
        f"nearest{shown.suffix}",
        "nearest",
        script("nearest"),
        server_functions=[nearest],
        **props(shown, trains),
    )


def has_nearest(shown: PageModel) -> bool:
    """Return whether letters of a text can be changed to get another label."""
    is_of_letters = isinstance(shown.classifier.encoder, LetterEncoder)
    return is_of_letters and not shown.kind.on_a_scale


def props(shown: PageModel, trains: bool) -> dict[str, Any]:
    """Return what the script needs besides its function."""
    return {
        "box": shown.box,
        "game": f"head{shown.suffix}" if shown.to_guess else "",
        "trains": trains,
        "words": {"label": shown.kind.label, "texts": shown.kind.texts},
    }


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
