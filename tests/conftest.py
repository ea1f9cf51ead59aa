"""What several test files share: a small data folder, a model trained on it, the app, a browser."""

import asyncio
import csv
import gzip
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small models train faster, and tests run in pairs

import hub_server  # first: it keeps every client of the Hub on loopback
import pytest
import shell  # noqa: F401  first of all, too
from accelerate.state import AcceleratorState
from playwright.sync_api import sync_playwright

from model.classifier import TextClassifier
from model.tasks.names import read_names
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.loop import fit, make_accelerator

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "model" / "weights" / "names"
PATIENCE = 600  # seconds; mostly a few are enough, on a busy machine minutes may pass
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("CI"), reason="no chromium: apt-get install chromium"
    ),
]
JAPANESE = "Nakamura Takahashi Yamamoto Kobayashi Matsumoto Inoue Kimura Hayashi Shimizu Yamazaki"
RUSSIAN = "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov"
ITALIAN = "Rossi Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno"
TRAIN = [
    (name, language)
    for language, names in (("Italian", ITALIAN), ("Japanese", JAPANESE), ("Russian", RUSSIAN))
    for name in names.split()
]
PRETRAIN = [
    *(("Sato", "Japanese"), ("Rosso", "Italian"), ("Conti", "Italian"), ("Orlov", "Russian")),
    *(("Hansen", "Norwegian"), ("Sharma", "Indian"), ("Popescu", "Romanian"), ("Sato", "Indian")),
]
ENCODINGS = {  # byte order mark and codec
    "UTF-8": (b"", "utf-8"),
    "UTF-8 with a mark": (b"\xef\xbb\xbf", "utf-8"),
    "UTF-16 LE": (b"\xff\xfe", "utf-16-le"),
    "UTF-16 BE": (b"\xfe\xff", "utf-16-be"),
    "UTF-32 LE": (b"\xff\xfe\0\0", "utf-32-le"),
    "UTF-32 BE": (b"\0\0\xfe\xff", "utf-32-be"),
    "Windows-1252": (b"", "cp1252"),
}
TEST = [("Suzuki", "Japanese"), ("Morozov", "Russian"), ("Conti", "Italian")]


def write_names(folder: Path, train=TRAIN, test=TEST, pretrain=()) -> Path:
    """Write the files of a names folder, that to pretrain on only where it has rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("names_train", train), ("names_test", test), ("pretraining", pretrain)):
        if rows or name != "pretraining":
            write_rows(folder / f"{name}.csv.gz", rows)
    return folder


def write_rows(path: Path, rows) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def run(*arguments: str | Path, **options) -> subprocess.CompletedProcess:
    """Run a script of the repository as a user does."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        **options,
    )


def run_here(main, *arguments) -> subprocess.CompletedProcess:
    """Run the `main` of a command line in this process; return what `run` would return."""
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as error:
            code = error.code
    AcceleratorState._reset_state(reset_partial_state=True)  # it keeps one device for a process
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())


def run_async(coroutine):
    """Return what a coroutine returns. A browser's event loop may be running in this thread."""
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, coroutine).result()


SLOW = {  # files whose tests start programs, build or train for more than two seconds each
    *("test_app", "test_benchmarks", "test_disk", "test_hostile"),
    *("test_hub", "test_hub_dataset", "test_package", "test_predict"),
    *("test_privacy", "test_refusals", "test_resume", "test_reviews", "test_shipped"),
    *("test_space", "test_supply_chain", "test_third_task", "test_train"),
    *("test_two_processes", "test_folder", "test_own_page", "test_log", "test_hostile_page"),
}


def pytest_collection_modifyitems(config, items):
    if "nightly" not in config.option.markexpr:
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.path.stem not in SLOW)  # so that no process is left with one


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB, mounted for one test: all the way full is how a disk really fails."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mounting a disk is not permitted: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def hub() -> hub_server.Hub:
    """An empty Hub on loopback, and an empty cache of its client."""
    hub_server.HUB.forget()
    return hub_server.HUB


@pytest.fixture(scope="session")
def small_data(tmp_path_factory) -> Path:
    return write_names(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def small_data_with_more(tmp_path_factory) -> Path:
    """The same names with a file to pretrain on, which holds a test name too."""
    return write_names(tmp_path_factory.mktemp("more"), pretrain=PRETRAIN)


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return Recipe(
        letters=True,
        embedding_size=8,
        hidden_size=12,
        linear_ngrams=(1, 2),
        linear_buckets=100,
        epochs=3,
        batch_size=8,
        learning_rate=0.01,
        seed=1,
    )


@pytest.fixture(scope="session")
def small_classifier(small_data, small_recipe) -> TextClassifier:
    dataset = read_names(small_data)
    classifier = TextClassifier.of(build(small_recipe, dataset))
    fit(classifier, dataset, small_recipe, make_accelerator(use_gpu=False))
    return classifier


@contextmanager
def serve(*arguments, temporary: Path, **environment):
    """Start `python app.py` as a user does; yield its address. Its log is in `temporary`."""
    environment |= {"GRADIO_TEMP_DIR": str(temporary / "uploads")}
    command = [sys.executable, "app.py", *map(str, arguments)]
    with running_page(
        command, temporary / "log", cwd=ROOT, env=os.environ | environment
    ) as address:
        yield address


@contextmanager
def running_page(command: list[str], log: Path, env: dict[str, str], **options):
    """Start a page by `command`; yield the address that it writes to its log.

    Where another program takes the port first, the page takes one of those that follow.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {"GRADIO_SERVER_NAME": "127.0.0.1", **env, "PYTHONUNBUFFERED": "1"}
    with open(log, "w") as output:
        process = subprocess.Popen(
            command,
            env=env | {"GRADIO_SERVER_PORT": str(port), "GRADIO_NUM_PORTS": "100"},
            stdout=output,
            stderr=subprocess.STDOUT,
            **options,
        )
    try:
        yield address_in(log, process)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def address_in(log: Path, process: subprocess.Popen) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ended = process.poll() is not None  # before the log is read, which is complete then
        if match := re.search(r"Running on local URL: +http://[^:]*:(\d+)\n", log.read_text()):
            return f"http://127.0.0.1:{match[1]}"
        assert not ended, f"the page ended: {log.read_text()}"
        time.sleep(0.1)
    pytest.fail(f"the page did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory):
    """Where the running app keeps its uploads and its log."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app_url(app_folder):
    """The page of names alone; test_review_page.py has that of both models."""
    with serve("--model", SHIPPED, temporary=app_folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visiting(browser, address, height):
    """Yield what opens `address` with a query; fail on console errors and on other hosts."""
    contexts, errors, strangers = [], [], []

    def is_outside(url):
        return not url.startswith((address, "data:", "blob:"))

    def open_page(query="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": height}} | options)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: is_outside(r.url) and strangers.append(r.url))
        page.goto(address + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert strangers == []
