"""The Train tab: a small network that learns in the visitor's browser, on names or a table there.

train.html is the page and train.js its script, which asks `playground` for the rest once.
"""

from typing import Any

from markupsafe import Markup

from .markup import html
from .page_model import PageModel
from .scripts import script, web


def train_tab(shown: PageModel) -> None:
    """Show one piece of HTML, which reads the text box of `shown` too if that is for names."""
    html(
        Markup(web("train.html")),
        f"train{shown.suffix}",
        js="train",
        server_functions=[playground],
        **props(shown),
    )


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs: a text box, and whether it has names as the page trains on."""
    return {"box": shown.box, "shared": shown.classifier.task.name == "names"}


def playground(_: Any) -> dict[str, str]:
    """Return the Web Worker's source, the names that it trains on, and PyTorch code to fill in."""
    return {
        "worker": script("worker"),
        "names": web("names.txt"),
        "code": web("code.txt"),
    }
