"""Write a model for ONNX Runtime: model.onnx, and reader.py, which needs no torch.

pip install onnxscript onnxruntime
python -m examples.export_onnx OUT [--model FOLDER_OR_HUB_ID]
python OUT/reader.py Nakamura Rossi

ids (n, length), nothing padded -> model.onnx -> probabilities (n, labels), none (n,)
"""

import argparse
import json
import logging
import runpy
import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from model import InputError, TextClassifier
from model.classifier import SHIPPED_NAMES
from model.core import CharacterEncoder
from model.encoder import UNKNOWN_ID
from model.network import none_share
from model.storage.browser import encoder_rules
from model.symbols import dropped
from model.tasks import typed
from model.text import words

# What reader.py uses
READ = set(
    "asTyped kind symbols keepCase most mostCharacters plain ascii stress unknownRuns spelling "
    "spellings part idOf labels dropped word".split()
)


class Calibrated(nn.Module):
    """The network of a classifier with its calibration."""

    def __init__(self, classifier: TextClassifier):
        super().__init__()
        self.network = classifier.model.network
        self.calibration = classifier.model.calibration
        self.gru_weight = classifier.model.calibration.gru_weight
        self.register_buffer("bias", torch.tensor(classifier.model.calibration.bias))

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (n, labels) and that of none of them (n,) for ids (n, length)."""
        outputs = self.network(ids, gru_weight=self.gru_weight) + self.bias
        n_labels = outputs.shape[1] - self.network.config.n_others
        length = torch.ones_like(ids[0]).sum().float()
        shares = self.calibration.shares(outputs[:, :n_labels], length)
        return shares, none_share(outputs, n_labels)


def encoder_json(classifier: TextClassifier) -> dict:
    """Return the content of encoder.json: how reader.py gets from a text to its ids.

    The page without a server has the same, except for Python's regular expressions.
    """
    rules = encoder_rules(classifier.model.encoder)
    rules["labels"] = classifier.labels
    rules["asTyped"] = classifier.task.as_typed.__name__
    rules["dropped"] = dropped(rules["symbols"]).pattern
    if rules["kind"] == "words":
        word = words.WORD_OR_SYMBOL if rules["symbols"] else words.WORD
        rules["word"] = f"(?xi){word.pattern}"
        rules["plain"] = dict.fromkeys("–—", "--")
    elif rules["kind"] == "characters":  # the lecture's, as words of one letter each
        for i in range(CharacterEncoder.vocabulary_size):
            rules["idOf"][chr(i)] = max(i, UNKNOWN_ID)
        rules["keepCase"] = True
        rules["word"] = "(?s:.)"
        rules["part"] = [""]
        rules["spelling"] = ["(?!)"]
        rules["dropped"] = "(?!)"  # nothing
    return {name: value for name, value in rules.items() if name in READ}


def write_network(classifier: TextClassifier, path: Path) -> None:
    """Write the network and its calibration for ONNX Runtime."""
    any_size = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings(action="ignore"):  # of torch
        program = torch.onnx.export(
            Calibrated(classifier).eval(),
            (torch.ones(2, 7, dtype=torch.int64),),
            dynamic_shapes=({0: any_size, 1: any_size},),
            opset_version=18,  # the first that has what the n-grams' hash needs
            dynamo=True,
            verbose=False,
        )
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # stack traces, with paths of this machine
    program.save(path, external_data=False)


def write_reader(classifier: TextClassifier, folder: Path) -> Path:
    """Write everything but the network to `folder`, and return the path of reader.py."""
    rules = encoder_json(classifier)
    content = json.dumps(rules, ensure_ascii=False)
    (folder / "encoder.json").write_text(content, "utf-8")
    source = Path(typed.__file__)
    for file in (source, source.with_suffix(".toml")):
        shutil.copy(file, folder)
    reader = Path(__file__).with_name("reader.py")
    return shutil.copy(reader, folder / reader.name)


def export(classifier: TextClassifier, folder: Path) -> float:
    """Write all files to `folder`; return the largest difference of a probability.

    It is measured on texts of up to 20 units of the vocabulary, because exporters have written
    wrong GRUs without an error. Above 1e-5, raise InputError and write nothing.
    """
    with TemporaryDirectory() as scratch:
        write_network(classifier, Path(scratch, "model.onnx"))
        reader = runpy.run_path(write_reader(classifier, Path(scratch)))
        predict_all = reader["predict_all"]
        units = list(reader["IDS"])
        texts = []
        for i in range(0, len(units), 7):
            length = 1 + i % 20
            some = units[i : i + length]
            texts.append(" ".join(some))
        expected = classifier.predict_all(texts, any_text=True)
        theirs = np.column_stack(predict_all(texts))
        ours = np.column_stack(expected)
        difference = float(abs(theirs - ours).max())
        if not difference <= 1e-5:  # nan, too
            raise InputError(
                f"model.onnx differs by {difference:.1e}: nothing is written."
            )
        shutil.copytree(scratch, folder, dirs_exist_ok=True)
    return difference


def main() -> None:
    """Export the model that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("output", metavar="OUT", type=Path, help="folder for the files")
    add("--model", default=SHIPPED_NAMES, help="default: the shipped names")
    options = parser.parse_args()
    # Torch's warnings about packages that are not installed
    logging.disable(logging.WARNING)
    try:
        difference = export(TextClassifier.load(options.model), options.output)
    except (InputError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    print(f"{options.output}: written; probabilities differ by {difference:.1e}")


if __name__ == "__main__":
    main()
