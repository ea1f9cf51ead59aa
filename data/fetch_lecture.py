"""Fetch the lecture's name files, which carry no licence, into the git-ignored data/lecture/.

`python data/fetch_lecture.py`. Only `train.py --data data/lecture` needs them.
"""

import socket
import sys
from pathlib import Path

from torch.hub import download_url_to_file

FOLDER = Path(__file__).resolve().parent / "lecture"
COMMIT = "e5a260fac0b4ff1e2ec434fc6f0d962ac97fc289"
ADDRESS = f"https://raw.githubusercontent.com/hunkim/PyTorchZeroToAll/{COMMIT}/data"
SHA256 = {
    "names_train.csv.gz": "49b4bf41dce5bfeac989b46ca37cf7baccd9a0d2a855df82f86de67a9376268f",
    "names_test.csv.gz": "57d7758db533a42c99d513b2341a7e7b0f55c1e0e7d233b1ef6a4fa2f1adf753",
}


def main() -> int:
    """Leave a checked copy of both files in FOLDER; return the exit status."""
    socket.setdefaulttimeout(30)  # seconds
    try:
        FOLDER.mkdir(exist_ok=True)
        for name, sha256 in SHA256.items():
            if not (FOLDER / name).exists():  # it is written whole or not at all
                path = str(FOLDER / name)
                download_url_to_file(f"{ADDRESS}/{name}", path, sha256, progress=False)
    except (OSError, RuntimeError) as error:
        print(f"data/fetch_lecture.py: {error}", file=sys.stderr)
        return 2
    print(f"{FOLDER} has the lecture's files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
