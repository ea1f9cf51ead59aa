"""Makes the tests independent of the shell that starts them: imported before what they test.

A shell may set variables that change what the programs do, send requests for this machine through a
proxy, or start the tests in the background, where Ctrl-C is ignored by them and by all that they
start.
"""

import os
import signal
import sys

from hypothesis import settings

PREFIXES = ("ACCELERATE_", "GRADIO_", "SPACE_", "SPACES_")
TORCHRUN = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
PYTHON = ("PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONOPTIMIZE")

for name in list(os.environ):
    is_proxy = name.lower().endswith("_proxy")
    is_known = name in ("SYSTEM", *TORCHRUN, *PYTHON)
    if is_proxy or is_known or name.startswith(PREFIXES):
        del os.environ[name]
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("any machine", deadline=None)  # which may be busy
settings.load_profile("any machine")
# Nothing here compiles, and Triton's extension may report leaks when a process ends.
sys.modules["triton"] = None
