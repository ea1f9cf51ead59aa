"""Predicts with model.onnx and the files beside it, on numpy and onnxruntime alone.

    from reader import LABELS, predict_batch    # predict_batch(["Nakamura"]) is (1, labels)
    python reader.py Nakamura Rossi             # prints the three likeliest labels of each

`python -m examples.export_onnx` writes all files. Any text gets an answer, a blank one too.
"""

import json
import re
import runpy
import sys
from bisect import bisect
from collections import defaultdict
from pathlib import Path
from unicodedata import category, normalize

import numpy as np
import onnxruntime

FOLDER = Path(__file__).resolve().parent
BATCH = 256
FILE = FOLDER / "encoder.json"
ENCODER = json.loads(FILE.read_text("utf-8"))
TYPED = runpy.run_path(FOLDER / "typed.py")
as_typed = TYPED[ENCODER["asTyped"]]
LABELS = ENCODER["labels"]
IDS = ENCODER["idOf"]
RUNS = ENCODER.get("unknownRuns", [0, 1])
STARTS = RUNS[::2]  # where each range of unknown letters starts
UNKNOWN = RUNS[1::2]  # the id of all letters in it
PLAIN = str.maketrans(ENCODER.get("plain", {}))
ASCII = str.maketrans(ENCODER.get("ascii", {}))
NETWORK = onnxruntime.InferenceSession(
    FOLDER / "model.onnx",
    providers=["CPUExecutionProvider"],
)


def read_units(text: str) -> list[str]:
    """Return the characters or words of `text` that the network reads."""
    text = as_typed(text).name
    text = text[: ENCODER.get("mostCharacters")]
    text = re.sub(ENCODER["dropped"], "", text)
    if ENCODER["kind"] == "letters":
        return letters(text)
    return words(text)


def folded(text: str) -> str:
    """Return `text` without capitals, unless the model tells them apart."""
    if ENCODER["keepCase"]:
        return text
    return text.casefold()


def letters(text: str) -> list[str]:
    """Return the letters of `text`, with marks and parts of syllables as letters of their own."""
    text = normalize("NFC", text)
    for _ in range(2):  # folding case may leave what NFKC changes, and vice versa
        text = text.translate(PLAIN)
        text = normalize("NFKC", text)
        text = folded(text)
    text = normalize("NFD", text)
    stress, _ = ENCODER["stress"]
    text = re.sub(stress, "", text)
    if not ENCODER["symbols"]:
        kept = filter(is_no_symbol, text)
        text = "".join(kept)
    text = " ".join(text.split())
    return list(text)


def is_no_symbol(character: str) -> bool:
    """Return whether a model without symbols reads a character."""
    if character.isascii():
        return True
    kind, _ = category(character)
    return kind not in "CS"


def words(text: str) -> list[str]:
    """Return the words of `text`, those that are unknown in segments."""
    text = text.translate(PLAIN)
    text = normalize("NFKC", text)
    text = text.translate(ASCII)
    if not ENCODER["symbols"]:
        text = text.encode("ascii", "ignore").decode()
    text = folded(text)
    text = " ".join(text.split())
    text = re.sub(ENCODER["spelling"][0], spelled, text)
    segment = ENCODER["part"][0]
    units = []
    for word in re.findall(ENCODER["word"], text):
        if word in IDS:
            units.append(word)
        else:
            units += re.findall(segment, word, re.IGNORECASE)
    return units


def spelled(match: re.Match) -> str:
    """Return the spelling of a word that training texts have."""
    return ENCODER["spellings"][match[0]]


def encode(text: str) -> list[int]:
    """Return the ids of `text`, at least one; an unknown letter has that of its kind, or 1."""
    units = read_units(text)
    ids = []
    for unit in units[: ENCODER.get("most")]:
        first = ord(unit[0])
        kind = bisect(STARTS, first) - 1
        number = IDS.get(unit) or UNKNOWN[kind]
        ids.append(number)
    return ids or [1]


def predict_batch(texts: list[str]) -> np.ndarray:
    """Return the probability of each label if a text has one of them, (n, labels) as float32."""
    probabilities, _ = predict_all(texts)
    return probabilities


def predict_all(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return what `predict_batch` does, and how likely each text has none of the labels, (n,)."""
    rows = list(map(encode, texts))
    places = defaultdict(list)  # length -> texts of it: nothing to pad
    for i, row in enumerate(rows):
        places[len(row)].append(i)
    shape = len(texts), len(LABELS)
    probabilities = np.empty(shape, np.float32)
    none = np.empty(len(texts), np.float32)
    for same in places.values():
        for start in range(0, len(same), BATCH):
            batch = same[start : start + BATCH]
            ids = np.array([rows[i] for i in batch])
            outputs = NETWORK.run(None, {"ids": ids})
            probabilities[batch], none[batch] = outputs
    return probabilities, none


def main() -> None:
    """Print the three likeliest labels of each name."""
    names = sys.argv[1:]
    probabilities, none = predict_all(names)
    joint = probabilities * (1 - none[:, None])
    for i, name in enumerate(names):
        shares = joint[i]
        answers = [
            f"{LABELS[label]} {shares[label]:.2f}" for label in np.argsort(-shares)[:3]
        ]
        answers.append(f"none {none[i]:.2f}")
        print(f"{name}: {', '.join(answers)}")


if __name__ == "__main__":
    main()
