"""The shipped models, each loaded once for all test files of a process: not to be changed."""

from functools import cache

from model import TextClassifier

load = cache(TextClassifier.load)
