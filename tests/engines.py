"""Firefox and WebKit, the engine of Safari, as Debian has them; conftest.py drives chromium.

    window = Firefox(folder)
    window.open("file:///…/index.html")
    window.run("type(arguments[0], 'Rossi')", "#typed")
    window.close()

WebKit is driven by selenium. Firefox is driven by WebDriver BiDi, which it has built in, because
Debian has no geckodriver.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import wait_until

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.webkitgtk.service import Service  # noqa: E402
from websocket import create_connection  # noqa: E402

SECONDS = 120  # for an answer of a browser on a busy machine
SIZE = {"width": 1280, "height": 900}


class WebKit:
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
        self.open = self.driver.get
        self.run = self.driver.execute_script

    def close(self) -> None:
        self.driver.quit()
        self.screen.terminate()
        self.screen.communicate()


class Firefox:
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
        self.ask("session.new", capabilities={})
        [tab] = self.ask("browsingContext.getTree")["contexts"]
        self.tab = {"context": tab["context"]}
        self.ask("browsingContext.setViewport", **self.tab, viewport=SIZE)

    def ask(self, method: str, **parameters) -> dict:
        """Return the result of a command of https://www.w3.org/TR/webdriver-bidi."""
        self.socket.send(json.dumps({"id": 0, "method": method, "params": parameters}))
        reply = json.loads(self.socket.recv())
        assert reply["type"] == "success", reply
        return reply["result"]

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", **self.tab, url=url, wait="complete")

    def run(self, script: str, *arguments):
        """Return what the body of a JavaScript function returns."""
        given = ", ".join(map(json.dumps, arguments))
        call = f"JSON.stringify((function () {{ {script} }})({given}) ?? null)"
        asked = {"expression": call, "target": self.tab, "awaitPromise": False}
        reply = self.ask("script.evaluate", **asked)
        assert reply["type"] == "success", reply
        return json.loads(reply["result"]["value"])

    def close(self) -> None:
        self.ask("browser.close")
        self.socket.close()
        self.process.wait(SECONDS)
