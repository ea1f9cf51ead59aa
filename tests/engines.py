"""Firefox and WebKit, the engine of Safari, as Debian has them; conftest.py drives chromium.

    window = Firefox(folder)
    window.open("file:///…/index.html")
    window.type("#typed", "Rossi")
    window.until("return document.querySelector('.verdict')?.innerText")
    window.close()

WebKit is driven by WebDriver, with selenium. Firefox is driven by WebDriver BiDi, which it has
built in, because Debian has no geckodriver.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import wait_until

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.webkitgtk.service import Service  # noqa: E402
from websocket import create_connection  # noqa: E402

SECONDS = 120  # for an answer of a browser on a busy machine
SIZE = {"width": 1280, "height": 900}

ELEMENT = "document.querySelector(arguments[0])"
# Marks the button with a text, for a click of the engine's own mouse.
PRESSED = """
const buttons = [...document.querySelectorAll('button')];
const found = buttons.find((b) => b.offsetParent && b.innerText.trim() === arguments[0]);
for (const button of buttons) button.toggleAttribute('data-pressed', button === found);
return Boolean(found);
"""


class Window:
    """A window of one of the engines; `folder` is for its files, and empty."""

    def until(self, script: str, *arguments):
        """Return the first true value that the body of a JavaScript function returns."""
        found = []
        wait_until(lambda: found.append(self.run(script, *arguments)) or found[-1])
        return found[-1]

    def text(self, selector: str) -> str:
        """Return the text of an element, once there is one."""
        return self.until(f"return {ELEMENT}?.textContent", selector)

    def press(self, text: str) -> None:
        """Click the button, or tab, with a text, once it is there."""
        self.until(PRESSED, text)
        self.click("[data-pressed]")

    def focus(self, selector: str) -> None:
        """Mark what is in a text box, so that typing replaces it."""
        self.run(f"{ELEMENT}.select()", selector)


class WebKit(Window):
    programs = ("WebKitWebDriver", "Xvfb")
    packages = "webkit2gtk-driver xvfb"

    def __init__(self, folder: Path):
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.screen = subprocess.Popen(command, text=True, **pipes)
        display = f":{self.screen.stdout.readline().strip()}"
        service = Service(env=os.environ | {"DISPLAY": display, "HOME": str(folder)})
        self.driver = webdriver.WebKitGTK(service=service)
        self.driver.set_window_size(*SIZE.values())
        self.version = self.driver.capabilities["browserVersion"]

    def open(self, address: str) -> None:
        self.driver.get("about:blank")  # an address that differs behind # opens nothing
        self.driver.get(address)

    def run(self, script: str, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str):
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def type(self, selector: str, text: str) -> None:
        self.focus(selector)
        self.find(selector).send_keys(text)

    def choose(self, selector: str, file: Path) -> None:
        self.find(selector).send_keys(str(file))

    def close(self) -> None:
        self.driver.quit()
        self.screen.terminate()
        self.screen.communicate()


class Firefox(Window):
    programs = ("firefox-esr",)
    packages = "firefox-esr"

    def __init__(self, folder: Path):
        log = folder / "log"
        command = ["firefox-esr", "--headless", "--remote-debugging-port=0"]
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [*command, "--profile", folder], stderr=errors
            )
        ready = re.compile(r"WebDriver BiDi listening on (\S+)")
        wait_until(lambda: ready.search(log.read_text()))
        address = f"{ready.search(log.read_text())[1]}/session"
        self.socket = create_connection(address, timeout=SECONDS, suppress_origin=True)
        self.last = 0
        session = self.ask("session.new", capabilities={})
        self.version = session["capabilities"]["browserVersion"]
        [tab] = self.ask("browsingContext.getTree")["contexts"]
        self.tab = {"context": tab["context"]}
        self.ask("browsingContext.setViewport", **self.tab, viewport=SIZE)

    def ask(self, method: str, **parameters) -> dict:
        """Return the result of a command of https://www.w3.org/TR/webdriver-bidi."""
        self.last += 1
        command = {
            "id": self.last,
            "method": method,
            "params": parameters,
        }
        self.socket.send(json.dumps(command))
        reply = json.loads(self.socket.recv())
        assert reply["type"] == "success", reply
        return reply["result"]

    def open(self, address: str) -> None:
        for url in ("about:blank", address):
            self.ask(
                "browsingContext.navigate",
                **self.tab,
                url=url,
                wait="complete",
            )

    def run(self, script: str, *arguments):
        given = ", ".join(map(json.dumps, arguments))
        call = f"JSON.stringify((function () {{ {script} }})({given}) ?? null)"
        reply = self.ask(
            "script.evaluate", expression=call, target=self.tab, awaitPromise=False
        )
        assert reply["type"] == "success", reply
        return json.loads(reply["result"]["value"])

    def find(self, selector: str) -> dict:
        locator = {"type": "css", "value": selector}
        found = self.ask("browsingContext.locateNodes", **self.tab, locator=locator)
        return {"sharedId": found["nodes"][0]["sharedId"]}

    def click(self, selector: str) -> None:
        self.run(f"{ELEMENT}.scrollIntoView({{block: 'center'}})", selector)
        element = {"type": "element", "element": self.find(selector)}
        move = {
            "type": "pointerMove",
            "x": 0,
            "y": 0,
            "origin": element,
        }
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self.act("pointer", [move, *press])

    def type(self, selector: str, text: str) -> None:
        self.focus(selector)
        kinds = ("keyDown", "keyUp")
        self.act("key", [{"type": k, "value": key} for key in text for k in kinds])

    def act(self, device: str, actions: list[dict]) -> None:
        source = {"type": device, "id": device, "actions": actions}
        self.ask("input.performActions", **self.tab, actions=[source])

    def choose(self, selector: str, file: Path) -> None:
        element = self.find(selector)
        self.ask(
            "input.setFiles",
            **self.tab,
            element=element,
            files=[str(file)],
        )

    def close(self) -> None:
        self.ask("browser.close")
        self.socket.close()
        self.process.wait(SECONDS)


def started(kind: type[Window], folder: Path) -> Window:
    """Return a window of an engine; skip the test where the engine is not installed."""
    if not all(map(shutil.which, kind.programs)) and not os.environ.get("CI"):
        pytest.skip(f"no {kind.__name__}: apt-get install {kind.packages}")
    return kind(folder)
