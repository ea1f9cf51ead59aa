"""Word vectors to start training from: one file of words and of their vectors, a byte a number.

Reads and writes that file, and sets embeddings; trains nothing.
"""

import json
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

from ..core import FIRST_ID, UNKNOWN_ID
from ..errors import InputError
from ..words import WordEncoder

SCALE = 0.3  # standard deviation of the embeddings that vectors are put into


def save_vectors(path: Path, words: list[str], vectors: torch.Tensor) -> None:
    """Write `words` and their `vectors` (words, size); each column is scaled to whole bytes."""
    scale = vectors.abs().amax(dim=0) / 127  # -> (size,)
    tensors = {"vectors": (vectors / scale).round().to(torch.int8), "scale": scale}
    save_file(tensors, path, {"words": json.dumps(words)})


def read_vectors(path: Path) -> dict[str, torch.Tensor]:
    """Return word -> vector (size,); raise InputError if the file is missing or invalid."""
    if not path.is_file():
        raise InputError(f"No file {path}: data/teacher.py makes it.")
    try:
        with safetensors.safe_open(path, "pt") as file:
            words = json.loads(file.metadata()["words"])
            vectors = file.get_tensor("vectors").float() * file.get_tensor("scale")
        return dict(zip(words, vectors, strict=True))
    except (safetensors.SafetensorError, LookupError, TypeError, ValueError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path} is damaged ({reason}): see data/teacher.py.") from None


def start_from(
    embedding: torch.nn.Embedding, encoder: WordEncoder, vectors: dict[str, torch.Tensor]
) -> None:
    """Set the embeddings of words to their vectors, and the unknown word's to the mean of these.

    Words without a vector keep theirs, on the same scale. Raises InputError if the sizes differ.
    """
    size = len(next(iter(vectors.values()), ()))
    if size != embedding.embedding_dim:
        raise InputError(
            f"The word vectors have {size} numbers and embeddings {embedding.embedding_dim}: "
            "give the recipe an embedding_size that fits."
        )
    ids = {word: i for i, word in enumerate(encoder.words.split(), start=FIRST_ID)}
    forms = {word: word if word in vectors else word.lower() for word in ids}  # where case is kept
    known = {i: vectors[forms[word]] for word, i in ids.items() if forms[word] in vectors}
    with torch.no_grad():
        embedding.weight *= SCALE
        if known:
            found = torch.stack(list(known.values()))
            embedding.weight[list(known)] = found / found.std() * SCALE
            embedding.weight[UNKNOWN_ID] = embedding.weight[list(known)].mean(dim=0)
