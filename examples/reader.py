"""Predicts with model.onnx and encoder.json, the files beside it, on numpy and onnxruntime alone.

    from reader import LABELS, predict_batch    # predict_batch(["Nakamura"]) is (1, labels)
    python reader.py Nakamura Rossi             # prints the three likeliest labels of each

`python -m examples.export_onnx` writes all three files. Any text gets an answer, a blank one too.
"""

import json
import re
import sys
from bisect import bisect
from itertools import groupby, islice
from pathlib import Path
from unicodedata import category, normalize

import numpy as np
import onnxruntime

FOLDER, BATCH = Path(__file__).resolve().parent, 256
ENCODER = json.loads((FOLDER / "encoder.json").read_text("utf-8"))
LABELS, IDS, RUNS = (
    ENCODER["labels"],
    ENCODER["idOf"],
    ENCODER.get("unknownRuns", [0, 1]),
)
PLAIN, ASCII = (str.maketrans(ENCODER.get(name, {})) for name in ("plain", "ascii"))
NETWORK = onnxruntime.InferenceSession(
    FOLDER / "model.onnx", providers=["CPUExecutionProvider"]
)


def read(text: str) -> list[str]:
    """Return the characters or words of `text` that the network reads."""
    symbols, fold = ENCODER["symbols"], str if ENCODER["keepCase"] else str.casefold
    text = re.sub(ENCODER["dropped"], "", text[: ENCODER.get("mostCharacters")])
    if ENCODER["kind"] == "letters":
        text = normalize("NFC", text)
        for _ in range(
            2
        ):  # folding case may leave what NFKC changes, and the other way round
            text = fold(normalize("NFKC", text.translate(PLAIN)))
        text = re.sub(ENCODER["stress"][0], "", normalize("NFD", text))
        kept = (c for c in text if symbols or c.isascii() or category(c)[0] not in "CS")
        return list(" ".join("".join(kept).split()))
    text = normalize("NFKC", text.translate(PLAIN)).translate(ASCII)
    text = fold(text if symbols else text.encode("ascii", "ignore").decode())
    spelling, part = (
        re.compile(ENCODER["spelling"][0]),
        re.compile(ENCODER["part"][0], re.I),
    )
    text = spelling.sub(
        lambda found: ENCODER["spellings"][found[0]], " ".join(text.split())
    )
    words = re.findall(ENCODER["word"], text)
    return [p for w in words for p in ([w] if w in IDS else part.findall(w))]


def encode(text: str) -> list[int]:
    """Return the ids of `text`, at least one; an unknown letter has that of its kind, or 1."""
    units, starts, kinds = read(text)[: ENCODER.get("most")], RUNS[::2], RUNS[1::2]
    return [IDS.get(u) or kinds[bisect(starts, ord(u[0])) - 1] for u in units] or [1]


def predict_batch(texts: list[str]) -> np.ndarray:
    """Return the probability of each label if a text has one of them, (n, labels) as float32."""
    return predict_all(texts)[0]


def predict_all(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return what `predict_batch` does, and how likely each text has none of the labels, (n,)."""
    rows, n = [encode(text) for text in texts], len(texts)
    probabilities, none = (
        np.empty((n, len(LABELS)), np.float32),
        np.empty(n, np.float32),
    )
    order = sorted(range(n), key=lambda i: len(rows[i]))
    for _, same in groupby(
        order, key=lambda i: len(rows[i])
    ):  # of one length: nothing to pad
        while batch := list(islice(same, BATCH)):
            ids = np.array([rows[i] for i in batch], np.int64)
            probabilities[batch], none[batch] = NETWORK.run(None, {"ids": ids})
    return probabilities, none


if __name__ == "__main__":
    for text, shares, rest in zip(
        sys.argv[1:], *predict_all(sys.argv[1:]), strict=True
    ):
        best = [
            f"{LABELS[i]} {shares[i] * (1 - rest):.2f}" for i in np.argsort(-shares)[:3]
        ]
        print(f"{text}: {', '.join(best)}, none {rest:.2f}")
