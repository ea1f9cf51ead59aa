"""The web page: type a surname, see its likely languages and how far to trust the answer.

One module of tabs/ per tab, layout first and events last. It reads model folders and nothing else.
Run `python app.py`, then open http://localhost:7860.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import tabs.port  # noqa: F401  before gradio, which takes the port from the environment at once

# isort: split
import gradio as gr
import torch

from model.arguments import Parser, nonempty
from model.errors import InputError
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


def load_models(arguments: list[str]) -> list[Shown]:
    """Load the `--model` folders, or all shipped ones; exit with 2 and one line on failure."""
    parser = Parser(prog="app.py", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model",
        action="append",
        type=nonempty,
        metavar="FOLDER|USER/NAME",
        help="a model folder or a model on the Hub, repeatable (default: each in model/weights/)",
    )
    folders = parser.parse_args(arguments).model or shipped_models()
    if not folders:
        parser.exit(2, "app.py: No model in model/weights/: run python train.py to make one.\n")
    models: list[Shown] = []
    try:
        for folder in folders:
            models.append(read_model(folder, taken=[shown.suffix for shown in models]))
    except InputError as error:
        parser.exit(2, f"app.py: {error}\n")
    return models


def shipped_models() -> list[str]:
    """Return the folders in model/weights/, and the models on the Hub that its hub.txt lists."""
    folders = sorted(str(path.parent) for path in WEIGHTS.glob("[!.]*/config.json"))
    listed = WEIGHTS / "hub.txt"  # written by python -m model space --model-id
    return folders + (listed.read_text("utf-8").split() if listed.exists() else [])


def end(*_: object) -> None:
    """End as on Ctrl-C: what is being answered is answered, but after eight seconds all is over."""
    deadline = threading.Timer(8, os._exit, [128 + signal.SIGTERM])
    deadline.daemon = True
    deadline.start()
    raise KeyboardInterrupt


models = load_models(sys.argv[1:] if __name__ == "__main__" else [])
demo = build_demo(models)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    # Visitors are served in parallel: more threads for one name would only wait.
    torch.set_num_threads(1)
    demo.launch(**launch_options(models[0].words), prevent_thread_lock=True)
    demo.server.config.timeout_keep_alive = KEEP_ALIVE_SECONDS
    demo.block_thread()
