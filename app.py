"""The web page: run `python app.py`, then open http://localhost:7860. See model/tabs/app.py."""

import sys

from model.arguments import page_options

options = page_options(sys.argv[1:] if __name__ == "__main__" else [])
from model.tabs.app import build_demo, load_models, run  # noqa: E402  it imports torch and gradio
from model.tabs.zero_gpu import gpu_name  # noqa: E402, F401  a ZeroGPU Space looks for it

demo = build_demo(load_models(options))

if __name__ == "__main__":
    sys.exit(run(demo, options))
