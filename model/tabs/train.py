"""The Train tab: a small network that learns in the visitor's browser, on names or a table there.

train.html is the page and train.js its script, which asks `playground` for the rest once.
"""

from typing import Any

from markupsafe import Markup

from .markup import WEB, html, script, web
from .page_model import PageModel

WORKER = ("network", "datasets", "worker")  # one script, in a thread of the browser's own


def train_tab(shown: PageModel) -> None:
    """One piece of HTML; what is typed in the text box of `shown` is read here, if it has names."""
    html(
        Markup(web("train.html")),  # noqa: S704  our own
        js=script("download") + script("train"),
        server_functions=[playground],
        elem_id=f"train{shown.suffix}",
        box=shown.box,
        shared=has_names(shown),
    )


def has_names(shown: PageModel) -> bool:
    """Whether a model reads the names that the page trains on."""
    return shown.classifier.task.name == "names"


def playground(_: Any) -> dict[str, str]:
    """Return the source of the Web Worker and the names that it trains on."""
    return {"worker": "\n".join(map(script, WORKER)), "names": web("names.txt")}
