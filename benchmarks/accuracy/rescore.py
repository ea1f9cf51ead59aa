"""Add the calibration error of printed probabilities to the metrics of the shipped names.

    python -m benchmarks.accuracy.rescore

Training stores it too, but the shipped model is older. Weights, picture and all other metrics stay
as they are; the card is rewritten.
"""

from model import TextClassifier
from model.storage.card import card_files, source_of
from model.storage.config import files_of
from model.storage.folder import PICTURE
from model.tasks.names import NAMES
from model.training.scores import OUTSIDE, score_with_none


def main() -> None:
    """Write `with_none` into metrics.json, and print it."""
    classifier = TextClassifier.load(NAMES.output)
    test = NAMES.read(NAMES.data).test
    outside = NAMES.lists(classifier.labels)[OUTSIDE]
    found = score_with_none(classifier, test, outside)
    classifier.metrics["with_none"] = found
    made, _ = card_files(classifier, files_of(classifier), source_of(NAMES.output))
    picture = (NAMES.output / PICTURE).read_bytes()
    classifier.save(NAMES.output, made | {PICTURE: picture})
    print(found)


if __name__ == "__main__":
    main()
