"""Checks the port that the environment asks for: imported before Gradio, and for that alone.

Gradio turns these variables into numbers while it is imported, and would fail with a traceback.
"""

import os
import sys

for name in ("GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS"):
    value = os.environ.get(name, "7860")
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 65535):
        print(f"app.py: {name} is {value!r}: a number from 1 to 65535 is needed.", file=sys.stderr)
        sys.exit(2)
