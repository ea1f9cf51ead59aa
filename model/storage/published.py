"""What of a model may be published: its weights and scores always, its texts where that is wanted.

A model folder holds texts that it was trained and tested on, for its page. They may be names of
people who were not asked, so only those that come with this program go up by themselves. Reads
and writes no file.
"""

from dataclasses import replace

from ..tasks import task_of
from .parts import Parts


def has_shipped_texts(parts: Parts) -> bool:
    """Return whether the model was trained on the files alone that its task comes with.

    Their SHA-256 decides, and not where they were.
    """
    files = parts.metrics.get("dataset", {})
    shipped = task_of(parts.training).shipped_files
    return bool(files) and all(file["sha256"] in shipped for file in files.values())


def to_publish(parts: Parts, texts: bool | None = None) -> tuple[Parts, str]:
    """Return what is published of `parts`, and what is left out of it as a line, "" for nothing.

    `texts` says whether those of training, of errors, of the game and of readings are published;
    None for those that come with the program. Texts of a task that publishes none are not even in
    its models. `parts` stay as they are.
    """
    task = task_of(parts.training)
    own = task.description is not None  # whose maker has said so
    may = (own or has_shipped_texts(parts)) if texts is None else texts
    if may or not task.publish_texts:
        return parts, ""
    test = parts.metrics.get("test", {})
    counts = {
        "to train on": len(parts.training_texts),
        "of test errors": len(test.get("errors", [])),
        "to guess": len(parts.metrics.get("to_guess", [])),
        "with a reading": len(parts.readings),
    }
    metrics = parts.metrics | {"test": test | {"errors": []}, "to_guess": []}
    without = replace(parts, training_texts={}, metrics=metrics, readings={})
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in counts.items() if n)
    texts_word = task_of(parts.training).words.texts
    return without, f"left out: {texts_word} ({kinds}); --publish-texts sends them" if kinds else ""
