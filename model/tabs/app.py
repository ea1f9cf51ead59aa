"""The web page: type a text, see its likely labels and how far to trust the answer.

One module per tab, layout first and events last. It reads model folders and nothing else.
Run `python app.py`, then open http://localhost:7860.
"""

import argparse
import gc
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import NoReturn

import gradio as gr
import torch

from ..arguments import DONE, exit_code
from ..errors import InputError
from ..interrupts import INTERRUPTED
from .about import about_tab
from .guess import heading
from .listing import list_tab
from .log import log_places
from .look import KEEP_ALIVE_SECONDS, launch_options
from .name import name_tab
from .page_model import PageModel, read_model
from .quality import quality_tab
from .reading import server_functions
from .refusals import Page
from .train import train_tab

FIRST_PORT = 7860  # and 99 more: gradio takes the first that is free
# How long one thread may keep the others waiting; Python's default is ten times as long.
TURN_SECONDS = 0.0005
NEW_OBJECTS = 100_000  # between two searches for garbage
NOT_SERVED = "the page is not served"
CLOSING_SECONDS = 8  # `docker stop` kills after ten


def build_demo(models: list[PageModel]) -> Page:
    """Return the page: the tabs of one model, or a group of tabs for each of several."""
    title = models[0].page.window_title
    named = {shown.classifier.task.name: shown for shown in reversed(models)}
    trains = named.get("names", models[0])  # whose group has the tab Train
    # fill_width: style.css sets the width
    with Page(title=title, analytics_enabled=False, fill_width=True) as demo:
        if len(models) == 1:
            model_tabs(models[0], trains=True)
        else:
            with gr.Tabs():
                for shown in models:
                    with gr.Tab(shown.title, id=f"group{shown.suffix}"):
                        model_tabs(shown, shown is trains)
    demo.description = f"{models[0].page.introduction} {models[0].page.warning}"
    # On a Space the queue would take one visitor at a time and turn the others away.
    return demo.queue(default_concurrency_limit=4, max_size=200)


def model_tabs(shown: PageModel, trains: bool) -> None:
    """Say what one model is about and lay out its tabs, Train among them if it `trains`."""
    heading(shown)
    functions = server_functions(shown)
    with gr.Tabs():
        # The other tabs use the text box, so it is there when another tab is opened first.
        with gr.Tab(shown.page.tab, id=f"name{shown.suffix}", render_children=True):
            name_tab(shown, trains, functions)
        if trains:
            with gr.Tab("Train", id=f"train{shown.suffix}"):
                train_tab(shown)
        with gr.Tab("List", id=f"list{shown.suffix}"):
            list_tab(shown)
        with gr.Tab("Test results", id=f"test{shown.suffix}") as tab:
            quality_tab(shown, tab)
        with gr.Tab("About", id=f"about{shown.suffix}"):
            about_tab(shown)


def load_models(options: argparse.Namespace) -> list[PageModel]:
    """Load the models that are asked for, or all shipped ones; exit with one line on failure."""
    models: list[PageModel] = []

    def load() -> None:
        for folder in options.model:
            models.append(read_model(folder, [shown.suffix for shown in models]))
        if not models:
            raise InputError(
                "No model in model/weights/: run python train.py to make one."
            )

    code = exit_code(options.program, load, NOT_SERVED)
    if code:
        sys.exit(code)
    return models


def serve_page(demo: Page, options: argparse.Namespace) -> int:
    """Serve the page where `options` say and return the exit code."""
    serve_there = partial(serve, demo, options.host, options.port)
    return exit_code(options.program, serve_there, NOT_SERVED)


def serve(demo: Page, host: str, asked: int | None) -> NoReturn:
    """Serve the page until Ctrl-C or SIGTERM, and end the program.

    Raises InputError if the address cannot be had.
    """
    log_places()
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    # Visitors are served in parallel: more threads for one name would only wait.
    torch.set_num_threads(1)
    # A text needs hundreds of turns at Python's lock, each behind a list that is read meanwhile.
    sys.setswitchinterval(TURN_SECONDS)
    # A large table makes a million objects. Python would stop all threads again and again to search
    # these, and everything that was there before, for garbage.
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    start(demo, host, asked)
    try:
        # A signal that another thread gets would wake nobody.
        while not is_over.wait(timeout=1):
            pass
        code = DONE
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends soon
        print("stopped: the page takes no more questions", file=sys.stderr)
        code = INTERRUPTED
    stop(demo)
    sys.stdout.flush()
    os._exit(code)  # Python would abort if it ended beside a network that still runs


def start(demo: Page, host: str, asked: int | None) -> None:
    """Start the server and print its address; raise InputError if that cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        place = host.strip("[]"), asked or 0
        socket.create_server(place, family=family).close()
        demo.launch(
            **launch_options(),
            server_name=host,
            server_port=asked,
            quiet=True,
            prevent_thread_lock=True,
            # Gradio would give up if its own page took three seconds, as on a busy machine.
            _frontend=False,
        )
    except OSError:
        raise InputError(
            f"{host}:{asked or FIRST_PORT} is taken, or not an address of this machine: give "
            "another --port or --host."
        ) from None
    demo.server.config.timeout_keep_alive = KEEP_ALIVE_SECONDS
    address = str(demo.local_url).replace("127.0.0.1", "localhost")
    print(f"The page is ready: {address.rstrip('/')}", flush=True)


def stop(demo: Page) -> None:
    """Take nothing new, give what is being answered CLOSING_SECONDS, and delete the uploads."""
    # Ends the streams by which open pages show that they live.
    demo.server_app.stop_event.set()
    demo.server.should_exit = True
    demo.server.thread.join(CLOSING_SECONDS)
    demo.uploads.cleanup()
