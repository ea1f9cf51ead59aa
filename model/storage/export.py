"""A model for programs without torch: model.onnx, encoder.json and reader.py, in one folder.

    ids (n, length) -> model.onnx -> probabilities (n, labels), none (n,)

The network is the one of core.py, without lengths: all texts of a batch have the same one, so there
is no padding to leave out. reader.py is copied from this folder as it stands. All three are tried
before they are put in place, because exporters have written wrong networks without an error.
"""

import json
import logging
import runpy
import sys
import tempfile
import unicodedata
import warnings
from collections import defaultdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.torch_version import TorchVersion

from ..core import FIRST_ID, UNKNOWN_ID, is_symbol, pad_ids, romanise
from ..errors import InputError, reason, shorten
from ..letters import MAX_IDS, PLAIN, LetterEncoder, kinds_of, script_of
from ..tasks import task_of
from ..words import MAX_CHARACTERS, MAX_WORDS, PART, SPELLING, SPELLINGS, WORD, WordEncoder
from .parts import Parts

NETWORK, ENCODER, READER = FILES = ("model.onnx", "encoder.json", "reader.py")
# As the extra `export` of pyproject.toml has them. Before these two, a GRU came out wrong.
NEEDED = {"torch": "2.15", "onnxscript": "0.7.2", "onnxruntime": "1.20"}
OPSET = 18  # the first with what the n-grams' hash needs
TOLERANCE = 1e-5
CHECKED, LONGEST = 200, 60  # texts, unless more are asked for; characters or words of most


class Calibrated(nn.Module):
    """The network of `parts`, with the calibration behind it."""

    bias: Tensor

    def __init__(self, parts: Parts):
        super().__init__()
        self.network, self.to_probabilities = parts.network, parts.to_probabilities
        self.register_buffer("bias", torch.tensor(parts.calibration.bias, device=parts.device))

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `Parts.probabilities` does, for ids (n, T) of texts of T ids each."""
        return self.to_probabilities(self.network(ids) + self.bias)


def export(parts: Parts, folder: Path, n_texts: int = CHECKED) -> float:
    """Write the three files to `folder`; return the largest difference on `n_texts` texts.

    Each probability of each text, none included, is compared with the network's own. Raises
    InputError where the packages are missing or too old, `folder` holds anything else, or a
    difference is above TOLERANCE; then nothing is written and what was there is untouched.
    """
    check_packages()
    folder = folder.resolve()
    _check_replaceable(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside it, so that it can be renamed; removed in any case.
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            new, old = Path(scratch, "new"), Path(scratch, "old")
            new.mkdir()
            _write_network(parts, new / NETWORK)
            content = json.dumps(encoder_file(parts), ensure_ascii=False, separators=(",", ":"))
            (new / ENCODER).write_text(content, "utf-8")
            (new / READER).write_bytes(Path(__file__).with_name(READER).read_bytes())
            difference = _largest_difference(parts, new / READER, sample_texts(parts, n_texts))
            if not difference <= TOLERANCE:  # nan, too
                raise InputError(
                    f"The exported network differs from the model by {difference:.1e}, more than "
                    f"{TOLERANCE:.0e}: nothing is written. Try other versions of the packages."
                )
            try:
                if folder.exists():
                    folder.rename(old)
                new.rename(folder)
            finally:
                if old.exists() and not folder.exists():
                    old.rename(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
    return difference


def check_packages() -> None:
    """Raise InputError, with what to install, unless what exports and runs a network is there."""
    for name, lowest in NEEDED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = ""
        if not found or TorchVersion(found) < lowest:
            there = f"there is {found}" if found else "it is not installed"
            raise InputError(
                f"export needs {name} {lowest} or later and {there}: pip install "
                '"surname-gru[export]", or in a clone pip install ".[export]".'
            )


def _check_replaceable(folder: Path) -> None:
    """Raise InputError unless `folder` is missing, empty or an earlier export."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: give a folder.")
    if Path.cwd().is_relative_to(folder):
        raise InputError(f"{folder} is where you are: give a folder below this one.")
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    there.discard("__pycache__")  # of an imported reader.py
    if there and there != set(FILES):
        foreign = min(there - set(FILES) or there)
        raise InputError(f"{folder} holds {shorten(foreign)} and is not an export: give another.")


def _write_network(parts: Parts, path: Path) -> None:
    calibrated = Calibrated(parts).eval()
    dynamic = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)  # remarks on packages and internals of torch
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                calibrated,
                (torch.ones(2, 7, dtype=torch.int64, device=parts.device),),
                input_names=["ids"],
                output_names=["probabilities", "none"],
                dynamic_shapes=(dynamic,),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise InputError(f"torch cannot export this network ({reason(error)}).") from None
    finally:
        logging.disable(level)
    assert program is not None  # as no file was named
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # stack traces, with paths of this machine
    program.save(path, external_data=False)


def encoder_file(parts: Parts) -> dict:
    """Return the content of encoder.json: what reader.py makes the ids of a text with."""
    encoder = parts.encoder
    table: dict = {"labels": parts.labels, "scripts": {}, "max_ids": None, "max_characters": None}
    if isinstance(encoder, LetterEncoder):
        # The reader tells scripts apart but no narrower kinds, so letters of these are listed too.
        han = (c for c in map(chr, range(0x10000)) if len(kinds_of(c)) > 1)
        han = (c for c in han if encoder.unknown_id(c) != UNKNOWN_ID)  # none without Han
        return table | {
            "kind": "letters",
            "plain": {chr(code): text for code, text in PLAIN.items()},
            "ascii": {},
            "ids": {c: encoder.ids(c)[0] for c in (*encoder.characters, *han)},
            "scripts": {script: FIRST_ID + i for i, script in enumerate(encoder.scripts)},
            "max_ids": MAX_IDS,
        }
    if isinstance(encoder, WordEncoder):
        return table | {
            "kind": "words",
            "plain": dict.fromkeys("–—", "--"),
            "ascii": ascii_table(fold_case=True),
            "ids": {word: encoder.ids([word])[0] for word in encoder.words.split()},
            "max_ids": MAX_WORDS,
            "max_characters": MAX_CHARACTERS,
            "word": f"(?x){WORD.pattern}",
            "part": PART.pattern,
            "spelling": SPELLING.pattern,
            "spellings": SPELLINGS,
        }
    return table | {  # the lecture's characters, as words of one letter each
        "kind": "characters",
        "plain": {},
        "ascii": ascii_table(fold_case=False),
        "ids": {chr(i): encoder.ids(chr(i))[0] for i in range(encoder.vocabulary_size)},
        "word": "(?s:.)",
        "part": "",
        "spelling": "(?!)",  # matches nothing
        "spellings": {},
    }


@cache  # it takes a second, and words are exported and tried with the same one
def ascii_table(fold_case: bool) -> dict[str, str]:
    """Return what anyascii makes of each character that may be left after NFKC, in ASCII.

    What is missing becomes nothing. With `fold_case` capitals of ASCII are in it as well.
    """
    table = {}
    for c in map(chr, range(sys.maxunicode + 1)):
        if not is_symbol(c) and unicodedata.is_normalized("NFKC", c):
            text = romanise(c, fold_case)
            if text and text != c:
                table[c] = text
    return table


def sample_texts(parts: Parts, n: int) -> list[str]:
    """Return `n` texts to compare an export on, the same at each call, of 1 to LONGEST units.

    By turns they are the model's own or its task's, made of its vocabulary, of letters of one
    script, and of any characters, symbols and unassigned ones too.
    """
    random, words = Random(0), task_of(parts.training).words
    own = [words.example, *words.examples, *words.hard, *parts.training_texts]
    encoder = parts.encoder
    is_words = isinstance(encoder, WordEncoder)
    if isinstance(encoder, LetterEncoder):
        units = list(encoder.characters)
    else:
        units = list(encoder_file(parts)["ids"])
    letters = defaultdict(list)
    for c in filter(str.isalpha, map(chr, range(sys.maxunicode + 1))):
        letters[script_of(c)].append(c)
    scripts = list(letters.values())

    def text(i: int) -> str:
        length = random.randint(1, LONGEST)
        if i % 4 == 0:
            return random.choice(own)
        if i % 4 == 1:
            return (" " if is_words else "").join(random.choices(units, k=length))
        if i % 4 == 2:
            some = [*random.choice(scripts), " "]
            return "".join(random.choices(some, k=length)).title()
        return "".join(chr(random.randrange(sys.maxunicode)) for _ in range(length))

    return [text(i) for i in range(n)]


def _largest_difference(parts: Parts, reader: Path, texts: list[str]) -> float:
    """Return it between what `reader` and the network predict, which is given padded batches."""
    ids, lengths = pad_ids([parts.encoder.encode(text) for text in texts])
    expected = parts.probabilities(ids.to(parts.device), lengths)
    found = runpy.run_path(str(reader))["predict_all"](texts)
    gaps = [np.abs(a.numpy() - b) for a, b in zip(expected, found, strict=True)]
    return float(np.max([gap.max(initial=0) for gap in gaps]))  # nan if any is
