"""Take README's screenshots of the running app: `python docs/screenshots.py`.

Needs Debian's chromium and the packages of requirements-dev.txt.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))


def main() -> None:
    """Serve the app on a free port and photograph its tabs."""
    import app

    _, url, _ = app.demo.launch(**app.LAUNCH, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1160, "height": 560})
        page.goto(url)
        page.get_by_label("Surname").fill("Papadopoulos")
        page.wait_for_timeout(2000)
        page.screenshot(path=FOLDER / "name.png")
        page.get_by_role("tab", name="How good it is").click()
        page.wait_for_timeout(3000)
        page.screenshot(path=FOLDER / "quality.png", full_page=True)
        browser.close()
    app.demo.close()


if __name__ == "__main__":
    main()
