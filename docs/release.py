"""Make the files of a release, and send nothing: `python -m docs.release OUT [TAG]`.

OUT/pages is for GitHub Pages: the page of each shipped model and one that leads to both. OUT/assets
is for the release on GitHub: index.html of the names with its SHA-256. OUT/notes.md are its notes.
"""

import re
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from model import __version__
from model.arguments import SHIPPED
from model.commands.command_line import export

DOCS = Path(__file__).resolve().parent


def notes_of(changelog: str, tag: str = "") -> str:
    """Return what the changelog has on this version; exit where it, or a tag, is of another."""
    _, heading, notes, *_ = re.split(r"(?m)^## (\S+).*\n", changelog)
    versions = {"CHANGELOG.md": heading, "the tag": tag or __version__}
    for place, version in versions.items():
        if version != __version__:
            sys.exit(f"{place} is of {version}, model.__version__ is {__version__}")
    return notes.strip() + "\n"


def main(output: str, tag: str = "") -> None:
    """Write the files of a release into the folder `output`."""
    folder = Path(output)
    notes = notes_of((DOCS.parent / "CHANGELOG.md").read_text("utf-8"), tag)
    pages = folder / "pages"
    for task in ("names", "reviews"):
        export(SHIPPED / task, pages / task, "int8")
    shutil.copy(DOCS / "pages.html", pages / "index.html")
    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    page = (pages / "names" / "index.html").read_bytes()
    (assets / "index.html").write_bytes(page)
    (assets / "index.html.sha256").write_text(
        f"{sha256(page).hexdigest()}  index.html\n"
    )
    (folder / "notes.md").write_text(notes, "utf-8")


if __name__ == "__main__":
    if {"-h", "--help"} & {*sys.argv}:
        print(__doc__)
    else:
        main(*sys.argv[1:])
