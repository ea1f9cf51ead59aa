"""What of a model may be published: its weights and scores always, its texts where that is allowed.

A model folder holds texts that it was trained and tested on, for its page. They may be names of
people who were not asked. The task.toml of a custom task decides: unless it has
`publish_texts = true`, there are no texts in its models at all. Of a built-in task only those go up
that come with this program. Reads and writes no file.
"""

from dataclasses import replace

from ..tasks import task_of
from .parts import Parts


def has_shipped_texts(parts: Parts) -> bool:
    """Return whether only files that its task comes with, by SHA-256, were trained on."""
    files = parts.metrics.get("dataset", {})
    shipped = task_of(parts.training).words.shipped_files.values()
    return bool(files) and all(file["sha256"] in shipped for file in files.values())


def to_publish(parts: Parts) -> tuple[Parts, str]:
    """Return what is published of `parts`, and what is left out of it as a line, "" for nothing."""
    task = task_of(parts.training)
    if task.description is not None or not task.words.publish_texts or has_shipped_texts(parts):
        return parts, ""
    test = parts.metrics.get("test", {})
    metrics = parts.metrics | {"test": test | {"errors": []}, "to_guess": []}
    counts = {
        "to train on": len(parts.training_texts),
        "of test errors": len(test.get("errors", [])),
        "to guess": len(parts.metrics.get("to_guess", [])),
        "with a reading": len(parts.readings),
    }
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in counts.items() if n)
    return replace(parts, training_texts={}, metrics=metrics, readings={}), (
        f"left out: {task.words.texts} ({kinds}), because only those that come with this program "
        "go up (docs/hub.md)"
    ) * bool(kinds)
