"""What a larger model leaves for a classifier to learn from: data/teacher.py makes both files.

    text                    negative  somewhat negative  neutral  somewhat positive  positive
    not the worst of films  0.02      0.21               0.38     0.33               0.06

These are a teacher's probabilities of new texts, with tabs between columns and quotes like any
other character (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network").
The other file has word vectors to start training from, a byte a number. Trains nothing.
"""

import gzip
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

from ..encoder import UNKNOWN_ID, Encoder
from ..errors import InputError, reason
from .formats import UNQUOTED
from .labelled import fixed_table, usable_rows, with_file
from .records import Record
from .rows import Dataset, Rows

TEXT = "text"
# What reading an invalid file raises
INVALID = (
    safetensors.SafetensorError,
    LookupError,
    TypeError,
    ValueError,
    OSError,
)
SCALE = 0.3  # standard deviation of the embeddings that vectors are put into


def save_beliefs(
    path: Path,
    labels: list[str],
    rows: Rows,
) -> None:
    """Write a teacher's file, gzipped if its name ends so."""
    table = [[TEXT, *labels]]
    for text, beliefs in zip(rows.texts, rows.beliefs, strict=True):
        table.append([text, *[f"{belief:.4g}" for belief in beliefs]])
    lines = ["\t".join(cells) + "\n" for cells in table]
    content = "".join(lines).encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    path.write_bytes(content)


def with_teacher(dataset: Dataset, path: Path) -> Dataset:
    """Return `dataset` with the beliefs in the file `path`; raise InputError if that is invalid.

    Texts that are among the validation or test rows are left out, so that both stay unseen.
    """
    if not path.is_file():
        raise InputError(f"No file {path}: data/teacher.py makes it.")
    table = fixed_table(path, UNQUOTED, True)
    columns = [TEXT, *dataset.labels]
    if table.names != columns:
        needed = ", ".join(columns)
        raise InputError(f"{path}, line 1: the columns must be {needed}.")
    beliefs, _ = usable_rows(table, _beliefs)
    texts = [record.fields[0] for record in table.rows]
    rows = Rows(texts, beliefs=beliefs)
    taught = dataset.unseen(rows)
    files = with_file(dataset.files, table, len(taught))
    return replace(dataset, taught=taught, files=files)


def _beliefs(record: Record) -> list[float]:
    """Return the probabilities of a record, scaled to a sum of 1."""
    with suppress(ValueError):
        values = list(map(float, record.fields[1:]))
        total = sum(values)
        if min(values) >= 0 and 0.98 < total < 1.02:
            return [value / total for value in values]
    raise InputError("the probabilities must be numbers that sum to 1.")


def save_vectors(
    path: Path,
    words: list[str],
    vectors: torch.Tensor,
) -> None:
    """Write `words` and their `vectors` (words, size); each column is scaled to whole bytes."""
    largest = vectors.abs().amax(dim=0)  # -> (size,)
    scale = largest / 127
    whole = (vectors / scale).round()
    tensors = {"vectors": whole.to(torch.int8), "scale": scale}
    metadata = {"words": json.dumps(words)}
    save_file(tensors, path, metadata)


def read_vectors(path: Path) -> dict[str, torch.Tensor]:
    """Return word -> vector (size,); raise InputError if the file is missing or invalid."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            words = json.loads(file.metadata()["words"])
            scale = file.get_tensor("scale")
            vectors = file.get_tensor("vectors").float() * scale
        return dict(zip(words, vectors, strict=True))
    except INVALID as error:
        raise InputError(
            f"{path} cannot be read ({reason(error)}): see data/teacher.py."
        ) from None


def start_from(
    embedding: torch.nn.Embedding,
    encoder: Encoder,
    vectors: dict[str, torch.Tensor],
) -> None:
    """Set the embeddings of words to their vectors, and the unknown word's to the mean of these.

    Of longer vectors the embeddings get the first numbers, which are the largest principal
    components. Words without a vector keep theirs, on the same scale. Raises InputError if the
    vectors are too short.
    """
    first = next(iter(vectors.values()), ())
    size = len(first)
    wanted = embedding.embedding_dim
    if size < wanted:
        raise InputError(
            f"The word vectors have {size} numbers: the recipe's embedding_size is {wanted}."
        )
    ids = []
    known = []  # the vectors of these
    for word, i in encoder.id_of.items():
        form = word if word in vectors else word.lower()  # where case is kept
        if form in vectors:
            ids.append(i)
            known.append(vectors[form])
    weight = embedding.weight
    with torch.no_grad():
        weight *= SCALE
        if known:
            starts = torch.stack(known)[:, :wanted]
            weight[ids] = starts / starts.std() * SCALE
            weight[UNKNOWN_ID] = weight[ids].mean(dim=0)
