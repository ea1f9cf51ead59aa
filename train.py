"""Train a classifier and save it as a model folder: `python train.py --help`."""

import sys

from model.commands.train import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
