"""The web page: type a surname, see its likely languages and how far to trust the answer.

One module of tabs/ per tab, layout first and events last. It reads model folders and nothing else.
Run `python app.py`, then open http://localhost:7860.
"""

import argparse
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from tabs import port  # before gradio, which takes the port from the environment at once

# isort: split
import gradio as gr
import torch

from model.arguments import DONE, INTERRUPTED, WRONG, Parser, exit_code, nonempty, whole_number
from model.errors import InputError, reason
from tabs.about import about_tab
from tabs.address import answer_address, open_from_address
from tabs.guess import heading
from tabs.listing import list_tab
from tabs.look import KEEP_ALIVE_SECONDS, launch_options
from tabs.name import name_tab
from tabs.quality import quality_tab
from tabs.reading import reading_tab
from tabs.refusals import Page
from tabs.shown import Shown, read_model
from tabs.zero_gpu import gpu_name  # noqa: F401  a ZeroGPU Space looks for it

WEIGHTS = Path(__file__).parent / "model" / "weights"


def build_demo(models: list[Shown]) -> gr.Blocks:
    """Return the page: the tabs of one model, or a group of tabs for each of several."""
    title = models[0].words.page_title
    # fill_width: style.css sets the width
    with Page(title=title, analytics_enabled=False, fill_width=True) as demo:
        if len(models) == 1:
            model_tabs(models[0], demo)
        else:
            with gr.Tabs() as groups:
                for shown in models:
                    with gr.Tab(shown.title, id=f"group{shown.suffix}"):
                        model_tabs(shown, demo)
            open_from_address(demo, groups, [shown.suffix for shown in models])
    # On a Space the queue would take one visitor at a time and turn the others away.
    return demo.queue(default_concurrency_limit=4, max_size=200)


def model_tabs(shown: Shown, demo: gr.Blocks) -> None:
    """Say what one model is about and lay out its tabs."""
    heading(shown)
    with gr.Tabs() as tabs:
        # The other tabs use the text box, so it is there when another tab is opened first.
        with gr.Tab(shown.words.tab, id=f"name{shown.suffix}", render_children=True):
            inputs = name_tab(shown)
        with gr.Tab("How it reads", id=f"reading{shown.suffix}"):
            reading_tab(shown)
        with gr.Tab("List", id=f"list{shown.suffix}"):
            list_tab(shown)
        with gr.Tab("Test results", id=f"test{shown.suffix}") as tab:
            quality_tab(shown, tab)
        with gr.Tab("About", id=f"about{shown.suffix}"):
            about_tab(shown)
    answer_address(shown, demo, tabs, inputs)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; exit with 2 and one clear line if it is wrong."""
    parser = Parser(prog="app.py", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model",
        action="append",
        type=nonempty,
        metavar="FOLDER|USER/NAME",
        help="a model folder or a model on the Hub, repeatable (default: each in model/weights/)",
    )
    parser.add_argument(
        "--host",
        type=nonempty,
        help="address to serve on; 0.0.0.0: all of this machine's (default: GRADIO_SERVER_NAME, "
        "else 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=whole_number(1, 65535),
        help="port to serve on, and no other (default: GRADIO_SERVER_PORT, else the first free one "
        "from 7860)",
    )
    options = parser.parse_args(arguments)
    try:
        options.host, options.port = port.address(options.host, options.port)
    except InputError as error:
        parser.exit(WRONG, f"app.py: {error}\n")
    return options


def load_models(folders: list[str] | None) -> list[Shown]:
    """Load the models in `folders`, or all shipped ones; exit with 2 and one line on failure."""
    models: list[Shown] = []

    def load() -> None:
        for folder in folders or shipped_models():
            models.append(read_model(folder, taken=[shown.suffix for shown in models]))
        if not models:
            raise InputError("No model in model/weights/: run python train.py to make one.")

    if code := exit_code("app.py", load, "the page is not served"):
        sys.exit(code)
    return models


def shipped_models() -> list[str]:
    """Return the folders in model/weights/, and the models on the Hub that its hub.txt lists."""
    folders = sorted(str(path.parent) for path in WEIGHTS.glob("[!.]*/config.json"))
    listed = WEIGHTS / "hub.txt"  # written by python -m model space --model-id
    return folders + (listed.read_text("utf-8").split() if listed.exists() else [])


def serve(host: str, asked: int | None) -> int:
    """Serve the page until Ctrl-C or SIGTERM and return the exit code."""
    code = INTERRUPTED

    def end(*_: object) -> None:
        """End as on Ctrl-C: what is asked is answered, but after eight seconds all is over."""
        nonlocal code
        code = DONE
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # one is enough, and `timeout` sends two
        deadline = threading.Timer(8, os._exit, [128 + signal.SIGTERM])
        deadline.daemon = True
        deadline.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    # Visitors are served in parallel: more threads for one name would only wait.
    torch.set_num_threads(1)
    look = launch_options(models[0].words)
    try:
        demo.launch(**look, server_name=host, server_port=asked, prevent_thread_lock=True)
    except OSError as error:
        raise InputError(f"The page cannot be served: {reason(error)}") from None
    if asked is None and demo.server_port != port.FIRST:
        print(f"Port {port.FIRST} is taken, so the page is on {demo.server_port}.", flush=True)
    demo.server.config.timeout_keep_alive = KEEP_ALIVE_SECONDS
    demo.block_thread()
    return code


options = parse_arguments(sys.argv[1:]) if __name__ == "__main__" else None
models = load_models(options.model if options else None)
demo = build_demo(models)

if options:
    start = partial(serve, options.host, options.port)
    sys.exit(exit_code("app.py", start, "the page is not served"))
