"""The web page: run `python app.py`, then open http://localhost:7860. See model/tabs/app.py."""

import sys
from importlib.util import find_spec

from model.interrupts import leave_at_once

if __name__ == "__main__":
    leave_at_once()
from model.arguments import page_options

options = page_options(sys.argv[1:] if __name__ == "__main__" else [])
from model.tabs.app import build_demo, load_models, serve_page  # noqa: E402  it imports torch and gradio

demo = build_demo(load_models(options))

# The Hub's ZeroGPU starts a page only if a function asks for a GPU. Nothing calls this one, because
# the CPU answers before a GPU would be there.
if find_spec("spaces"):
    import spaces

    never_called = spaces.GPU(duration=1)(lambda: None)

if __name__ == "__main__":
    sys.exit(serve_page(demo, options))
