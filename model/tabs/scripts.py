"""Scripts for the browser: the ES modules of model/web/, joined by their imports.

script("train")               train.js behind what it imports, without what the head has
script("worker", "network")   the same without what a script before it has, that of network.js
"""

import json
import re
from functools import cache
from pathlib import Path

from ..tasks.names import NAMES

WEB = Path(__file__).parents[1] / "web"
# By its name, which only one folder has
FILES = {path.name: path for path in WEB.rglob("*.*")}
HEAD = "page"  # the script in the head of both pages
# Of labels, for drawing.js
COLOURS = json.dumps({label: of.colour for label, of in NAMES.languages.items()})
# As Biome writes them. An alias is not taken for one, and no browser takes it in a script.
IMPORT = re.compile(
    r"^import (?:\{\s*((?:[\w$]+,?\s*?)+)\} from )?'\.[./\w]*/(\w+)\.js';\n",
    re.MULTILINE,
)
DECLARED = re.compile(
    r"^(export )?((?:async )?(?:class|const|function\*?|let) (\{.*?\}|[\w$]+))",
    re.MULTILINE,
)


def web(name: str) -> str:
    """Return a file of model/web/, which runs in the browser."""
    return FILES[name].read_text("utf-8")


@cache
def script(entry: str, *before: str) -> str:
    """Return a file behind those that it imports, without the words import and export.

    The names of scripts `before` it are in scope; those of the head are in `window.page`.
    Raises ValueError where a name stands for two things.
    """
    head = [] if entry == HEAD else files_of(HEAD)
    elsewhere = {*head}.union(*map(files_of, before))
    origins: dict[str, str] = {}
    exported = []
    joined = ""
    for file in files_of(entry):
        if file in elsewhere:
            continue
        source = web(f"{file}.js")
        uses = IMPORT.findall(source)
        for export, _, names in DECLARED.findall(source):
            uses.append((names, file))
            exported += [names] * bool(export)
        for names, origin in uses:
            for name in re.findall(r"[\w$]+", names):
                other = origins.setdefault(name, origin)
                if other != origin:
                    raise ValueError(
                        f"{other}.js and {origin}.js both declare {name}, and {entry}.js joins "
                        "them: rename one."
                    )
        joined += DECLARED.sub(r"\2", IMPORT.sub("", source))
    if entry == HEAD:
        joined += f"window.page = {{{', '.join(exported)}}};"
        return f"(() => {{\nconst colours = {COLOURS};\n{joined}\n}})();"
    borrowed = [name for name, origin in origins.items() if origin in head]
    return f"const {{{', '.join(borrowed)}}} = page;\n{joined}" if borrowed else joined


@cache
def files_of(entry: str) -> list[str]:
    """Return a file behind those that it imports, as a browser runs them."""
    files: dict[str, None] = {}
    for _, file in IMPORT.findall(web(f"{entry}.js")):
        files |= dict.fromkeys(files_of(file))
    return [*files, entry]
