"""Draw docs/card.png, a model card as the Hub shows it: `python docs/card.py [FOLDER]`."""

import html
import io
import sys
import tempfile
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
NAMES = HERE.parent / "model" / "weights" / "names"
PAGE = """<html><meta charset="utf-8"><base href="{base}/"><style>
body {{ font: 16px/1.5 system-ui, sans-serif; width: 860px; margin: 24px auto; color: #1f2937 }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid #ddd; padding: 3px 10px }}
code {{ background: #f3f4f6; padding: 1px 4px; overflow-wrap: anywhere }}
pre {{ background: #f3f4f6; padding: 12px }} img {{ max-width: 100% }}
span {{ border: 1px solid #d1d5db; border-radius: 8px; padding: 0 8px; font-size: 13px }}
</style>{tags}{text}</html>"""


def page(folder: Path) -> str:
    """Return the card of a model folder as an HTML page, with its metadata as tags on top."""
    _, front, text = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    data = yaml.safe_load(front)
    tags = [data["pipeline_tag"], data["library_name"], *data["language"], *data["tags"]]
    return PAGE.format(
        base=folder.resolve().as_uri(),
        tags=" ".join(f"<span>{html.escape(tag)}</span>" for tag in [*tags, data["license"]]),
        text=MarkdownIt("commonmark").enable("table").render(text),
    )


def main() -> None:
    """Draw the card with Debian's chromium."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else NAMES
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(page(folder))
        file.flush()
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            tab = browser.new_page(viewport={"width": 920, "height": 1000})
            tab.goto(Path(file.name).as_uri())
            picture = Image.open(io.BytesIO(tab.screenshot(full_page=True)))
            browser.close()
    picture.quantize(64).save(HERE / "card.png", optimize=True)


if __name__ == "__main__":
    main()
