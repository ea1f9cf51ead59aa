"""The web page as a Space of the Hub: just the files it needs, sent in one commit.

Works in a clone of the repository, which has app.py; an installed package does not.
"""

import re
from pathlib import Path
from textwrap import shorten
from typing import Any

from ..errors import InputError
from ..tasks.task import ROOT
from ..trained import Model
from .card import NOT_SCORED, plain
from .config import files_of, model_from, to_publish
from .folder import CARD_FILES, read_model_folder

FILES = (
    "app.py",
    "requirements.txt",
    "LICENSE",
    "model/**/*.py",
    "model/**/*.jinja",
    "model/**/*.toml",
    "model/tabs/*",
    "model/web/**/*.*",
)
SHIPPED = "model/weights"
# What an earlier upload may have left in a Space, and nothing that its owner added.
MANAGED = (
    *FILES,
    f"{SHIPPED}/*",
    "model/*.py",
    "README.md",
    "index.html",
    "classifier.js",
    "NOTICE",
    "thumbnail.webp",
)
HARDWARE = {"cpu": "cpu-basic", "zero": "zero-a10g"}  # as the Hub calls it
# ZeroGPU runs torch 2.8 to 2.11, and pip would install a later one.
ZERO_TORCH = b"torch==2.11.*"
LOOK = {"emoji": "🔤", "colorFrom": "blue", "colorTo": "indigo"}
# The keys of the repository's front matter that a Space without a server lacks
SERVED = ("app_file", "python_version", "sdk_version")
PICTURES = {"names": "docs/name.webp", "reviews": "docs/reviews.webp"}  # by task


def space_files(
    folder: Path,
    repo_id: str,
    hardware: str = "cpu",
) -> tuple[dict[str, bytes], str]:
    """Return the files of a Space, path -> content, and a line on what is left out of the model.

    It shows the model in `folder`, which is sent along. `hardware` is a key of HARDWARE. Raises
    InputError if a file is missing.
    """
    model_files = read_model_folder(folder)
    model = model_from(model_files, folder)
    published, left_out = to_publish(model)
    if left_out:
        card = {name: model_files[name] for name in CARD_FILES if name in model_files}
        model_files = files_of(published) | card
    place = f"{SHIPPED}/{folder.resolve().name}"
    files = {f"{place}/{name}": content for name, content in model_files.items()}
    files |= _front_files(model, repo_id, {"suggested_hardware": HARDWARE[hardware]})
    for pattern in FILES:
        for path in filter(Path.is_file, ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files[name] = path.read_bytes()
    if hardware == "zero":
        files["requirements.txt"] = re.sub(
            rb"(?m)^torch\S*", ZERO_TORCH, files["requirements.txt"]
        )
    return files, left_out


def static_files(model: Model, repo_id: str) -> dict[str, bytes]:
    """Return what a static Space has beside the page without a server, path -> content."""
    files = _front_files(model, repo_id, dict.fromkeys(SERVED) | {"sdk": "static"})
    for name, path in (("LICENSE", "LICENSE"), ("NOTICE", "data/NOTICE")):
        files[name] = (ROOT / path).read_bytes()
    return files


def _front_files(model: Model, repo_id: str, own: dict[str, Any]) -> dict[str, bytes]:
    """Return the README and, of a built-in task, a picture for previews of links."""
    from huggingface_hub import hf_hub_url

    picture = PICTURES.get(model.task.name)
    if not picture:
        return {"README.md": _readme(model, own)}
    address = hf_hub_url(repo_id, "thumbnail.webp", repo_type="space")
    return {
        "README.md": _readme(model, own | {"thumbnail": address}),
        "thumbnail.webp": (ROOT / picture).read_bytes(),
    }


def _readme(model: Model, own: dict[str, Any]) -> bytes:
    """Return a Space's README: front matter and the card's first words.

    The front matter is the repository's, which is of the names, with what is the Space's `own`;
    None leaves a key out. Another task has its own title, description, licence and tags there.
    Raises InputError outside a clone, and for a model that was not scored.
    """
    # Here because it takes half a second to import.
    from huggingface_hub import CardData, RepoCard

    if not (ROOT / "app.py").is_file():
        raise InputError(f"No app.py in {ROOT}: run this in a clone of the repository.")
    if not model.metrics:
        raise InputError(NOT_SCORED)
    readme = (ROOT / "README.md").read_text("utf-8")
    front = RepoCard(readme).data.to_dict() | LOOK | own  # type: ignore[no-untyped-call]
    task, words = model.task, model.task.card
    if task.name != "names":
        short = shorten(words.does, 60)  # the Hub's limit
        front |= {
            "title": task.page.title,
            "short_description": short,
            "license": words.licence or "unknown",
            "tags": list(words.tags),
        }
    labels = ", ".join(model.labels)
    paragraphs = [
        f"---\n{CardData(**front)}\n---",
        f"# {plain(words.title)}",
        plain(f"{words.does}: {labels}."),
        plain(words.must_not),
        "Made by `python -m model space` from a clone of the code, which says more.\n",
    ]
    return "\n\n".join(paragraphs).encode()
