"""What several test files share: a small data folder, a model trained on it, the app, a browser."""

import asyncio
import csv
import gzip
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # small models train faster, and tests run in pairs

import httpx
import hub_server  # first: it keeps every client of the Hub on loopback
import pytest
import shell  # noqa: F401  first of all, too
import torch
from accelerate.state import AcceleratorState
from axe_playwright_python.sync_playwright import Axe
from models import rows_of, save_with_card
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from model.classifier import TextClassifier
from model.core import RNNClassifier
from model.data.reviews import read_reviews
from model.data.rows import Dataset
from model.network import TextNetwork
from model.tasks.names import read_names
from model.tasks.recipe import Recipe
from model.training.build import build_model
from model.training.loop import Stage, fit_stage
from model.training.session import Session, make_accelerator

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "model" / "weights" / "names"
REVIEWS = ROOT / "model" / "weights" / "reviews"
REVIEW_ROWS = ROOT / "tests" / "data" / "reviews.tsv"  # our own, in the contest's form
MARKER = "Zyxwvmarker"  # a name that must not stay anywhere
# Every logger writes every message, as a curious operator's would. Gradio would follow an address
# of this machine, which it refuses by itself: what is refused is refused by the page. Whatever asks
# for another machine is refused and said in the log.
LOUD = """
import logging, sys, safehttpx

def refuse(event, arguments):
    host = arguments[1][0] if event == "socket.connect" else arguments[0]
    if host not in (None, "127.0.0.1", "localhost"):
        print("the network was asked for", host, file=sys.stderr)
        raise OSError("no network")

HOOKED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname")
sys.addaudithook(lambda event, arguments: event in HOOKED and refuse(event, arguments))

logging.basicConfig(level=1)
logging.getLogger("a test").debug("this log is loud")

async def any_host(name):
    return "127.0.0.1"

safehttpx.async_validate_url = any_host
"""
expect.set_options(timeout=60_000)  # for a busy machine
PATIENCE = 600  # seconds; mostly a few are enough, on a busy machine minutes may pass
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("CI"),
        reason="no chromium: apt-get install chromium",
    ),
]
PROJECTORS = [(1024, 768), (1280, 720)]
LOOKS = [{"forced_colors": "active"}, {"media": "print"}]  # few colours, and paper
JAPANESE = "Nakamura Takahashi Yamamoto Kobayashi Matsumoto Inoue Kimura Hayashi Shimizu Yamazaki"
RUSSIAN = (
    "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov"
)
ITALIAN = "Rossi Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno"
TRAIN = [
    (name, language)
    for language, names in (
        ("Italian", ITALIAN),
        ("Japanese", JAPANESE),
        ("Russian", RUSSIAN),
    )
    for name in names.split()
]
PRETRAIN = rows_of("""
Sato | Japanese
Rosso | Italian
Conti | Italian
Orlov | Russian
Hansen | Norwegian
Sharma | Indian
Popescu | Romanian
Sato | Indian
""")
PRETRAIN = list(map(tuple, PRETRAIN))
ENCODINGS = {  # byte order mark and codec
    "UTF-8": (b"", "utf-8"),
    "UTF-8 with a mark": (b"\xef\xbb\xbf", "utf-8"),
    "UTF-16 LE": (b"\xff\xfe", "utf-16-le"),
    "UTF-16 BE": (b"\xfe\xff", "utf-16-be"),
    "UTF-32 LE": (b"\xff\xfe\0\0", "utf-32-le"),
    "UTF-32 BE": (b"\0\0\xfe\xff", "utf-32-be"),
    "Windows-1252": (b"", "cp1252"),
}
TEST = [
    ("Suzuki", "Japanese"),
    ("Morozov", "Russian"),
    ("Conti", "Italian"),
]


def write_names(folder: Path, train=TRAIN, test=TEST, pretrain=None) -> Path:
    """Write the files of a names folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {
        "names_train": train,
        "names_test": test,
        "pretraining": pretrain,
    }.items():
        if rows is not None:
            write_rows(folder / f"{name}.csv.gz", rows)
    return folder


def read_as(kind, text, reader):
    """Return what `reader` reads of a text of this kind; InputError if that cannot be used."""
    kind.check(text)
    units = reader(text)
    kind.check_units(units)
    return units


def write_rows(path: Path, rows) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def run_script(*arguments: str | Path, **options) -> subprocess.CompletedProcess:
    """Run a script of the repository as a user does."""
    options |= {
        "cwd": ROOT,
        "capture_output": True,
        "text": True,
        "timeout": PATIENCE,
    }
    return subprocess.run([sys.executable, *map(str, arguments)], **options)


def run_here(main, *arguments) -> subprocess.CompletedProcess:
    """Run the `main` of a command line in this process; return what `run_script` would return."""
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as error:
            code = error.code
    AcceleratorState._reset_state(
        reset_partial_state=True
    )  # it keeps one device for a process
    return subprocess.CompletedProcess(
        arguments, code, output.getvalue(), errors.getvalue()
    )


def run_async(coroutine):
    """Return what a coroutine returns. A browser's event loop may be running in this thread."""
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, coroutine).result()


def pytest_addoption(parser):
    parser.addoption(
        "--jitter",
        action="store_true",
        help="what a network gives differs from batch to batch, as on other processors",
    )


def pytest_configure(config):
    if config.option.jitter:
        for network in (RNNClassifier, TextNetwork):
            network.forward = jittered(network.forward)
        TextNetwork.logits_apart = jittered(TextNetwork.logits_apart)


def jittered(function):
    """Multiply the outputs of a network that does not train by 1 ± 5e-7, by texts and batch."""

    def of_batch(network, ids, *rest, **options):
        outputs = function(network, ids, *rest, **options)
        if network.training or torch.compiler.is_exporting():
            return outputs
        draw = torch.Generator().manual_seed(crc32(ids.cpu().numpy().tobytes()))
        halves = outputs if isinstance(outputs, list) else [outputs]
        some = [
            half * (1 + 1e-6 * (torch.rand(half.shape, generator=draw) - 0.5))
            for half in halves
        ]
        return some if isinstance(outputs, list) else some[0]

    return of_batch


# Fixtures that take seconds: what uses one is slow, as is what is marked
SLOW = {"app_url", "base", "built", "lists", "models", "secret_folder", "zero_gpu"}


def pytest_collection_modifyitems(config, items):
    if "nightly" not in config.option.markexpr:
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    for item in items:
        if not SLOW.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # so that none is left with one


@pytest.fixture
def hub() -> hub_server.Hub:
    """An empty Hub on loopback, and an empty cache of its client."""
    hub_server.HUB.forget()
    return hub_server.HUB


@pytest.fixture
def with_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", hub_server.TOKEN)


@pytest.fixture(scope="session")
def small_data(tmp_path_factory) -> Path:
    return write_names(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def small_data_with_more(tmp_path_factory) -> Path:
    """The same names with a file to pretrain on, which holds a test name too."""
    return write_names(tmp_path_factory.mktemp("more"), pretrain=PRETRAIN)


@pytest.fixture(scope="session")
def reviews() -> Dataset:
    return read_reviews(REVIEW_ROWS)


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    sizes = {
        "embedding_size": 8,
        "hidden_size": 12,
        "linear_ngrams": (1, 2),
        "linear_buckets": 100,
    }
    rates = {"epochs": 3, "batch_size": 8, "learning_rate": 0.01}
    return Recipe(units="letters", **sizes, **rates, seed=1)


@pytest.fixture(scope="session")
def small_classifier(small_data, small_recipe) -> TextClassifier:
    dataset = read_names(small_data)
    model = build_model(small_recipe, dataset)
    session = Session(make_accelerator(use_gpu=False))
    fit_stage(Stage(model, dataset, small_recipe), session)
    return TextClassifier(model)


@pytest.fixture(scope="session")
def small_folder(small_classifier, tmp_path_factory) -> Path:
    """The small classifier alone, without metrics and training texts."""
    small_classifier.save(folder := tmp_path_factory.mktemp("small") / "model")
    return folder


@pytest.fixture(scope="session")
def complete_folder(small_classifier, small_data, tmp_path_factory) -> Path:
    """The small classifier with all that train.py saves."""
    folder = tmp_path_factory.mktemp("complete") / "mine"
    return save_with_card(small_classifier.model, read_names(small_data), folder)


@pytest.fixture(scope="session")
def small_page(complete_folder, tmp_path_factory) -> Path:
    """The file that `export` writes of the small classifier."""
    from model.storage.browser import pack
    from model.tabs.alone import page_html
    from model.tabs.page_model import read_model

    shown = read_model(complete_folder)
    page = page_html(shown, pack(shown.classifier.model, "fp16"), "")
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(page, "utf-8")
    return file


@contextmanager
def served(page):
    """Serve a page that `build_demo` made in this process; yield its address."""
    from model.tabs.look import launch_options  # imports gradio, which takes seconds

    page.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    yield page.local_url.rstrip("/")
    page.close(verbose=False)


@contextmanager
def running_page(command: list[str], log: Path, env: dict[str, str], **options):
    """Start a page by `command`, yield the address in its log, and end it with Ctrl-C.

    It has a port of its own: a page that loses the race for the first free one cannot start again.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, port = server.getsockname()
    place = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    env = {**place, **env, "PYTHONUNBUFFERED": "1"}
    options |= {"env": env, "stderr": subprocess.STDOUT}
    with (
        open(log, "w") as output,
        subprocess.Popen(command, stdout=output, **options) as process,
    ):
        try:
            yield address_in(log, process)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130  # test_shutdown has what SIGTERM does
            assert "\nstopped: the page takes no more" in log.read_text()
        finally:
            process.kill()


def address_in(log: Path, process: subprocess.Popen) -> str:
    ready = r"The page is ready: http://.*:(\d+)\n"
    wait_until(lambda: process.poll() is not None or re.search(ready, log.read_text()))
    started = re.search(ready, log.read_text())
    assert started, f"the page ended: {log.read_text()}"
    return f"http://127.0.0.1:{started[1]}"


def wait_until(holds) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory):
    """Where the running app keeps its uploads, its temporary files and its log."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "tmp").mkdir()
    (folder / "sitecustomize.py").write_text(LOUD)
    return folder


def assert_nothing_kept(folder):
    left = [path for path in folder.rglob("*") if path.is_file()]
    content = b"".join(bytes(path) + path.read_bytes() for path in left)
    assert MARKER.lower().encode() not in content.lower()


@pytest.fixture(scope="session")
def app_url(app_folder):
    """The page of both shipped models, started once for all tests as `python app.py` starts it.

    Whatever the tests asked it, no marker may have reached its log or its disk, and it must not
    have asked for another machine.
    """
    folders = {"GRADIO_TEMP_DIR": app_folder / "uploads", "TMPDIR": app_folder / "tmp"}
    env = os.environ | {name: str(path) for name, path in folders.items()}
    env |= {
        "PYTHONPATH": str(app_folder),
        "GRADIO_MCP_SERVER": str(bool(find_spec("mcp"))),
    }
    with running_page(
        [sys.executable, "app.py"], app_folder / "log", env, cwd=ROOT
    ) as url:
        yield url
        log = (app_folder / "log").read_text()
        assert "loud" in log
        assert "the network was asked for" not in log
        assert_nothing_kept(app_folder)


@pytest.fixture
def unchanged(app_folder):
    """Fails if the app has other files after the test, or a marker or a traceback in its log."""
    log, before = app_folder / "log", set(app_folder.rglob("*"))
    written = len(log.read_text())
    yield
    assert set(app_folder.rglob("*")) <= before
    assert not re.search(
        f"{MARKER}|Traceback|preprocess_data", log.read_text()[written:]
    )


@pytest.fixture(scope="session")
def http(app_url):
    """The way to the running app for plain requests, as README's curl makes them."""
    with httpx.Client(base_url=app_url, timeout=120) as client:
        yield client


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser):
    """The page that all tests open in turn: a new one would compile its scripts again."""
    page = browser.new_context(
        permissions=["clipboard-read", "clipboard-write"]
    ).new_page()
    page.set_default_timeout(60_000)
    return page


@contextmanager
def visiting(page, address):
    """Yield what opens `address` with a query; fail on console errors and on other hosts."""
    errors, asked = [], []
    heard = {
        "console": lambda said: (
            errors.append(said.text) if said.type == "error" else None
        ),
        "pageerror": lambda error: errors.append(str(error)),
        "request": lambda request: asked.append(request.url),
    }

    def listen(is_on):
        for event, hear in heard.items():
            (page.on if is_on else page.remove_listener)(event, hear)

    def leave():
        listen(False)
        page.evaluate("try { localStorage.clear(); } catch {}")
        page.goto(
            "about:blank"
        )  # a page that is left says that its requests are aborted
        listen(True)

    def open_page(query="", width=1280, height=900, reduced_motion="no-preference"):
        leave()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(reduced_motion=reduced_motion)
        page.goto(address + query)
        return started(page)

    listen(True)
    yield open_page
    leave()
    listen(False)
    assert errors == []
    assert [
        url for url in asked if not url.startswith((address, "data:", "blob:"))
    ] == []


@pytest.fixture
def visit(window, small_page):
    """The way to open the exported page, with a query and in a window of some size."""
    with visiting(window, small_page.as_uri()) as open_page:
        yield open_page


def started(page):
    """Return the page once its scripts have opened the tab of its address."""
    page.wait_for_function("() => window.page?.isOpen()")
    return page


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).locator("visible=true").click()


# Boxes that scroll sideways, without those that show it, by a shadow, in a window below some width.
CUT_OFF = """(narrow) => [...document.querySelectorAll('*')].filter((e) => {
  const style = getComputedStyle(e), isHinted = /local/.test(style.backgroundAttachment);
  return e.offsetParent && e.scrollWidth > e.clientWidth && /auto|scroll/.test(style.overflowX)
    && !(isHinted && innerWidth < narrow) && !e.closest('.reading');
}).map((e) => e.outerHTML.slice(0, 200))"""


def assert_accessible(page):
    """Assert that axe finds nothing of ours, and that nothing is cut off: on a phone unseen."""
    page.mouse.move(0, 0)  # a button under the mouse has other colours
    page.add_style_tag(content="* { transition: none !important }")  # which fade in
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT_OFF, 1024) == []
    many = ["#matrix tbody tr:nth-child(n+5)", ".many li:nth-child(n+4)"]
    all_alike = {"exclude": [[part] for part in many]}
    found = Axe().run(page, all_alike).response["violations"]
    ours = [v for v in found if v["id"] != "image-redundant-alt"]  # of Gradio's icons
    assert [(v["id"], v["nodes"][0]["html"]) for v in ours] == []


def screenshot(locator):
    return Image.open(io.BytesIO(locator.screenshot(animations="disabled")))


def hues(locator):
    """Return the hues of an element as it is drawn, in steps of 30 degrees, grey left out."""
    image = screenshot(locator).convert("HSV")
    counts = image.getcolors(image.width * image.height)
    found = Counter()
    for n, (hue, saturation, value) in counts:
        if saturation > 40 and value > 50:
            found[hue * 12 // 256] += n
    return {hue for hue, n in found.items() if n > 5}
