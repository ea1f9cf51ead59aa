"""The web page as a Space of the Hub: just the files it needs, sent in one commit.

Works in a clone of the repository, which has app.py; an installed package has no page.
"""

import json
from pathlib import Path, PurePath

from ..errors import InputError
from ..tasks import task_of
from ..tasks.task import ROOT
from . import hub
from .card import hub_dataset
from .config import parts_from
from .folder import MAX_BYTES, read_model_folder
from .parts import Parts

FILES = ("app.py", "tabs/*", "model/**/*.py", "requirements.txt", "LICENSE", "docs/social.png")
SHIPPED = "model/weights"
HUB_MODELS = f"{SHIPPED}/hub.txt"  # names of models on the Hub, which app.py loads too
# What earlier versions of the page may have left in a Space, and nothing that its owner added.
MANAGED = (*FILES, "README.md", f"{SHIPPED}/*")
LARGEST = 10 * 10**6  # bytes, which the Hub allows a Space's file without a reason

README = """---
{front_matter}
---

# {title}

{does}: {labels}.

{must_not}

Made by `python -m model space` from a clone of the code, which says more.
"""


def push_space(
    repo_id: str,
    folder: Path,
    model_id: str | None = None,
    *,
    private: bool | None = None,
    token: str | None = None,
) -> str:
    """Create or update the Space `repo_id` and return its address.

    It shows the model in `folder`, which is sent along, or `model_id` on the Hub, which the Space
    fetches. Raises InputError; then nothing is sent.
    """
    files = space_files(folder, model_id)
    return hub.upload(
        "space",
        repo_id,
        files,
        "Upload the page",
        private=private,
        token=token,
        managed=MANAGED,
    )


def space_files(folder: Path, model_id: str | None = None) -> dict[str, bytes]:
    """Return the files of the Space, path -> content; raise InputError if one is missing."""
    paths = [path for pattern in FILES for path in sorted(ROOT.glob(pattern)) if path.is_file()]
    if ROOT / "app.py" not in paths:
        raise InputError(f"No app.py in {ROOT}: run this in a clone of the repository.")
    files = {hub_path(path, ROOT): path.read_bytes() for path in paths}
    source = hub.model_folder(model_id or folder)
    parts = parts_from(read_model_folder(source), source)  # complete, or InputError
    if model_id:
        files[HUB_MODELS] = f"{model_id}\n".encode()
    else:
        name = folder.resolve().name
        sent = (path for path in sorted(folder.iterdir()) if path.name in MAX_BYTES)
        files |= {f"{SHIPPED}/{name}/{path.name}": path.read_bytes() for path in sent}
    files["README.md"] = _readme((ROOT / "README.md").read_text("utf-8"), model_id, parts)
    for path, content in files.items():
        if len(content) > LARGEST:
            raise InputError(f"{path} has {len(content):,} bytes, more than a Space's file may.")
    return files


def hub_path(path: PurePath, folder: PurePath) -> str:
    """Return the Hub's path of a file in `folder`, with slashes on every system.

    >>> hub_path(Path("clone/tabs/name.py"), Path("clone"))
    'tabs/name.py'
    """
    return path.relative_to(folder).as_posix()


def _readme(readme: str, model_id: str | None, parts: Parts) -> bytes:
    """Return the Space's README: the repository's front matter and the card's first words."""
    front, words = readme.split("---\n")[1], task_of(parts.training).words
    known = {"models": [model_id.split("@")[0]] if model_id else []}
    dataset = hub_dataset(parts)
    known["datasets"] = [dataset] if dataset else []
    lines = [_known(line, known) for line in front.strip().splitlines()]
    if model_id:
        lines.append(f"preload_from_hub: {json.dumps(known['models'])}")
    return README.format(
        front_matter="\n".join(lines),
        title=words.card_title,
        does=words.does,
        labels=", ".join(parts.labels),
        must_not=words.must_not,
    ).encode()


def _known(line: str, known: dict[str, list[str]]) -> str:
    """Return a line of the front matter, with its value from `known` where that has one."""
    key = line.split(":")[0]
    return f"{key}: {json.dumps(known[key])}" if known.get(key) else line
