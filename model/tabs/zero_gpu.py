"""What a ZeroGPU Space asks for: one function that borrows a GPU. Nothing on the page calls it.

Such a Space starts only if some function asks for a GPU. A name takes a core well under a
millisecond and a borrowed GPU seconds to come, so all inference stays on the CPU.
"""

from importlib.util import find_spec

import torch


def gpu_name() -> str:
    """Return the name of the GPU that is lent, or a note that there is none."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"


if find_spec("spaces"):  # Spaces bring this package along; outside ZeroGPU it changes nothing
    import spaces

    gpu_name = spaces.GPU(duration=1)(gpu_name)
