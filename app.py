"""The web page: run `python app.py`, then open http://localhost:7860. See model/tabs/app.py."""

import sys

from model.tabs import port

port.check("app.py")  # before gradio is imported
from model.tabs.app import build_demo, load_models, parse_arguments, run  # noqa: E402
from model.tabs.zero_gpu import gpu_name  # noqa: E402, F401  a ZeroGPU Space looks for it

options = parse_arguments(sys.argv[1:]) if __name__ == "__main__" else None
models = load_models(options.model if options else None)
demo = build_demo(models)

if options:
    sys.exit(run(demo, models, options))
