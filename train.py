"""Train a classifier and save it as a model folder: `python train.py --help`."""

import sys

from model.interrupts import leave_at_once

if __name__ == "__main__":
    leave_at_once()
    from model.commands.train import main  # here because torch takes seconds

    sys.exit(main(sys.argv[1:]))
