"""A custom task: its words, sizes and Ctrl-C, its card and page, and the same from Python."""

import json
import re
import shlex

import pytest
import torch
import yaml
from conftest import run_here
from models import rows_of
from real_files import workbook
from test_custom_page import COUNTRIES, foreign

from model import InputError, TextClassifier
from model.__main__ import main
from model.answering import facts_on
from model.commands import train
from model.data.rows import Rows
from model.data.splits import to_dataset
from model.storage.config import files_of
from model.storage.folder import WEIGHTS
from model.storage.space import space_files
from model.tabs.listing import read_file
from model.tabs.markup import draw
from model.tasks.custom import RECIPES, custom_task, fit_sizes
from model.training.build import build_model
from model.training.loop import round_ngrams

EVIL = "<script>alert(1)</script>"
TOML = f"""title = "{EVIL} [link](http://evil) --- : # {{x}}"
does = "Reads ![a](http://evil/x.png) | `code`: more"
text = "town"
texts = "towns"
label = "country"
labels = "countries"
must_not = "<b>no</b>"
examples = ["Osaka", "{EVIL}"]
licence = "cc-by-4.0"
tags = ["geography"]
publish_texts = true
"""
TOWNS = {"Italy": EVIL, "France": "a|b [c](d): #e", "Japan": "Japan"}
PAIRS = [(town, TOWNS[label]) for label, towns in COUNTRIES.items() for town in towns]
SPLITS = {
    "train": PAIRS[0::2],
    "validation": PAIRS[3::4],
    "test": PAIRS[1::4],
}
OWNERS = [
    start + end for start in "BDFGHKLMNPRTVWZ" for end in ("ada", "ena", "ilo", "ora")
]
PLATES = [
    [owner, f"{'KR' if i % 2 else 'GA'} {i}", "Krakow" if i % 2 else "Gdynia"]
    for i, owner in enumerate(OWNERS)
]
OPTIONS = ("--epochs", "2", "--hidden-size", "8", "--no-use-gpu")


def columns(pairs):
    texts, labels = zip(*pairs, strict=True)
    return list(texts), list(labels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The model that train.py makes of three tables and a task.toml."""
    data, files = tmp_path_factory.mktemp("own"), []
    for split, rows in SPLITS.items():
        lines = [f'"{text}","{label}"\n' for text, label in rows]
        (data / f"{split}.csv").write_text(
            "".join(["city,country\n", *lines]), encoding="utf-8"
        )
        files.append(f"--{split}={data / split}.csv")
    (data / "task.toml").write_text(TOML, encoding="utf-8")
    assert train.main([*files, "--output", str(data / "towns"), *OPTIONS]) == 0
    return data / "towns"


def test_python_makes_the_model_of_the_command_line(folder):
    lists = {split: columns(rows) for split, rows in SPLITS.items()}
    options = {
        "task": folder.parent / "task.toml",
        "use_gpu": False,
        "epochs": 2,
        "hidden_size": 8,
    }
    options |= {"test": lists["test"]}
    fitted = TextClassifier.fit(*lists["train"], lists["validation"], **options)
    trained = TextClassifier.load(folder)
    assert (trained.model.columns, fitted.model.columns) == (
        {"text": "city", "label": "country"},
        {},
    )
    assert files_of(fitted.model)[WEIGHTS] == (folder / WEIGHTS).read_bytes()
    assert fitted.model.calibration == trained.model.calibration
    assert fitted.model.training_texts == trained.model.training_texts
    for part in ("test", "validation", "rival", "most_frequent", "halves"):
        scores, others = (
            made.metrics[part] | {"seconds": 0} for made in (fitted, trained)
        )
        assert json.loads(json.dumps(scores)) == others


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    """A folder with a model of plates, whose owners look more like texts, and its training."""
    data = tmp_path_factory.mktemp("plates")
    odd = "Kai,KR 99,NaN\nKai,KR 1,krakow\nIda,GA 99,NA\nIda,GA 2,Gdynia\n"
    (data / "t.csv").write_text(
        "\n".join(["owner,plate,town", *map(",".join, PLATES), odd])
    )
    given = (
        "--data",
        data / "t.csv",
        "--text-column",
        2,
        "--label-column",
        3,
        "--header",
    )
    return data, run_here(train.main, *given, "--output", data / "m", *OPTIONS)


def test_train_says_what_it_took_and_asks_by_headings_that_are_plain_words(plates):
    data, done = plates
    assert done.stdout.splitlines()[:4] == [
        f"{data}/t.csv: text from column plate, label from column town, header found",
        "63 rows, 61 different texts; largest label: Gdynia 49.2% (31), smallest: krakow 1.6% (1)",
        "labels that differ in case or spaces alone: 'Krakow' / 'krakow'",
        "labels that may stand for a missing value: NA (1)",
    ]
    assert "1 row not read: line 62: The label is NaN." in done.stderr
    task = TextClassifier.load(plates[0] / "m").task
    assert task.page.title == "Which town does a plate have?"
    assert task.kind.texts == "texts"


def write_plates(path, names):
    """Write PLATES, without the owners if there are two names of columns."""
    rows = [row[-len(names) :] for row in PLATES]
    lines = map(",".join, [names, *rows])
    if path.suffix == ".jsonl":
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        lines = map(json.dumps, objects)
    path.write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("name", "header", "options", "found"),
    [
        ("t.csv", "owner,PLATE,town", (), "column PLATE of 3, header found"),
        ("t.jsonl", "owner,plate,town", (), "key plate of 3"),
        ("t.csv", "sign,town", (), "column sign of 2, header found"),
        ("t.csv", "who,sign,town", ("--column", 2), "column sign of 3, header found"),
    ],
)
def test_the_columns_of_the_training_are_known(
    plates, tmp_path, name, header, options, found
):
    path = tmp_path / name
    write_plates(path, header.split(","))
    model = plates[0] / "m"
    arguments = (path, "--model", model, *options)
    done = run_here(main, "predict", *arguments, "-o", tmp_path / "out.csv")
    assert done.stderr == f"60 rows predicted; {found}\n"
    done = run_here(main, "evaluate", *arguments)
    assert f"60 rows, text from column {found.split()[1]}, label from " in done.stdout
    assert done.stderr == ""


def test_a_table_without_the_columns_of_the_training_is_asked_about(plates, tmp_path):
    write_plates(path := tmp_path / "t.csv", ["owner", "mark", "town"])
    done = run_here(main, "predict", path, "--model", plates[0] / "m")
    question = "it is not certain which column is the plate"
    row = "'owner', 'mark', 'town'"
    told = f"{path}: {question}; found: {row}; if this guess is right: python -m model predict "
    assert done.returncode == 2
    assert done.stderr.startswith(f"python -m model: {told}")
    assert done.stderr.endswith(f" --model {plates[0] / 'm'} --column owner\n")
    hints = TextClassifier.load(plates[0] / "m").model.hints  # the page
    table = read_file(path.name, path.read_bytes(), hints=hints)
    assert question in draw.preview(table).unescape()


@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 0},
        {"task": 3},
        {"validation": (["Osaka"], ["Peru"])},
        {"validation": [("Osaka", "Japan")] * 3},
        {"test": (["Osaka"], ["Peru"])},
        {"texts": 3},
        {"labels": ["x"]},
    ],
)
def test_fit_refuses_what_it_cannot_train_on(options):
    texts, labels = columns(PAIRS)
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        TextClassifier.fit(**{"texts": texts, "labels": labels} | options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    rows_of("""
--data nothing.csv --output m | No file nothing.csv
--task names --units words | --units is for a custom task
--task names --no-header | --header is for a custom task
--task names --train t.csv | --train is for a custom task
--units words | needs --data: a table, or --train one
--data t.csv --test t.csv | go with --train
--data t.csv --train t.csv | give one of them
--train t.csv | No file t.csv
--train t.csv --output m --teacher t | no pretraining and no teacher
"""),
)
def test_wrong_arguments_end_in_one_line(monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = run_here(train.main, *arguments.split())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        'titel = "x"',
        "title = 3",
        'title = "a\\nb"',
        'title = "a\\u202eb"',
        'title = ""',
        f'title = "{"x" * 501}"',
        'text = "<b>"',
        'text = "-"',
        'publish_texts = "yes"',
        'licence = "CC BY"',
        'licence = "mit\\n"',
        'tags = ["a: b"]',
        'units = "bytes"',
        "title: x",
        "title = " + "[" * 100_000,
        b'title = "\xe9"',
        None,
    ],
)
def test_a_wrong_task_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "task.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=r"task\.toml[^\n]*$") as error:
        custom_task(path)
    assert "Value error" not in str(error.value)


def parts_of(readme):
    """Return the front matter and the text below it."""
    _, front, body = readme.split("---\n", 2)
    return yaml.safe_load(front), body


def test_a_space_shows_words_as_they_are(folder):
    metadata, body = parts_of(space_files(folder, "ada/page")[0]["README.md"].decode())
    assert metadata["title"] == f"{EVIL} [link](http://evil) --- : # {{x}}"
    description = metadata["short_description"]
    assert description.startswith("Reads ![a](http://evil/x.png) | `code`")
    assert len(description) <= 60
    assert (metadata["license"], metadata["sdk"]) == ("cc-by-4.0", "gradio")
    assert not re.search(r"(?<!\\)[<\[]", body)


def test_a_card_has_metadata_baselines_and_what_was_typed_as_it_is(folder):
    metadata, body = parts_of((folder / "README.md").read_text(encoding="utf-8"))
    assert metadata["license"] == "cc-by-4.0"
    assert metadata["tags"] == ["gru", "pytorch", "geography"]
    assert re.fullmatch(r"[a-z0-9-]+", metadata["model-index"][0]["name"])
    prose = re.sub(r"```.*?```", "", body, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<(script|b)>", prose)
    assert not re.search(r"(?<!\\)\[(link|a|c)", prose)
    rows = [line for line in prose.splitlines() if line.startswith("| ")]
    scores = [row for row in rows if "a\\|b" in row and "F1" not in row]
    n_bars = [len(re.findall(r"(?<!\\)\|", row)) for row in scores]
    assert n_bars == [8, 6]  # of the scores, and of what the network says
    assert foreign(body) == []
    baseline = json.loads((folder / "metrics.json").read_text())["rival"]
    assert f"accuracy of {baseline['accuracy']:.1%}" in body
    assert "The most frequent label, " in body
    assert (
        "Probabilities are not calibrated: 22 rows held out, of 250 needed. They"
        in body
    )


def test_a_refused_table_ends_in_a_command_that_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    titles = [["Number plates"], ["as of today", "", "a sample"]]
    rows = [["Nr", "on the front", "where"], *([1, *row[1:]] for row in PLATES)]
    content = workbook({"Notes": [["Ask Ann."]], "Cars": [*titles, *rows]})
    (tmp_path / "my cars.xlsx").write_bytes(content)
    refusal = run_here(train.main, "--data", "my cars.xlsx", *OPTIONS).stderr
    assert "cars.xlsx, sheet Cars, beside Notes: it is not certain which" in refusal
    command = shlex.split(refusal.partition("guess is right: python train.py ")[2])
    done = run_here(train.main, *command, "--dry-run")
    assert "column on the front, label from column where, header" in done.stdout
    assert "60 rows, 60 different texts" in done.stdout


@pytest.mark.parametrize("units", list(RECIPES))
def test_a_label_that_hangs_on_an_emoji_is_learnt(units, tmp_path):
    names = "this that it tea jam rain snow fog sun mud sea ice art pie gin rum ale oak elm fig"
    rows = [
        (f"I have {name} {face}", face) for name in names.split() for face in "😀😡"
    ]
    own = {
        "task": {"publish_texts": True, "keep_case": True},
        "units": units,
        "use_gpu": False,
    }
    few = {
        "hidden_size": 16,
        "ngram_buckets": 500,
        "refit": False,
    }
    classifier = TextClassifier.fit(
        *columns(rows),
        epochs=20,
        **own,
        **few,
    )
    assert classifier.model.encoder.encode("I") != classifier.model.encoder.encode("i")
    new = ["I have a cat 😡", "I have a cat 😀", "😡", "I see 😀!"]
    classifier.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert [next(iter(loaded.predict(text))) for text in new] == list("😡😀😡😀")
    assert facts_on(loaded.model, "I  have tea 😀").shares == [("😀", 1.0)]
    assert loaded.answer("I\u200b 😀").notes == ["Invisible, and not read: U+200B."]
    with pytest.raises(InputError, match="because invisible characters are left out"):
        loaded.predict("\u200b")


@pytest.mark.parametrize("units", list(RECIPES))
def test_of_many_labels_files_stay_small_and_ngrams_have_rows_of_their_own(units):
    """Of as many different words and letters as a vocabulary takes, and of 300 labels."""
    texts = [f"w{i} {chr(0x4E00 + i % 3000)}" for i in range(20_000)]
    rows = Rows(texts, [f"label {i % 300:03}" for i in range(20_000)])
    kind = custom_task().kind
    dataset = to_dataset({"train": rows}, kind, needs_test=False)
    model = build_model(fit_sizes(RECIPES[units], len(texts), 300), dataset)
    network = model.network
    round_ngrams(network)
    assert len(files_of(model)[WEIGHTS]) <= 12 * 2**20
    probabilities = TextClassifier(model).predict_batch(["w0 一"])
    assert probabilities.shape == (1, 300)
    with torch.no_grad():
        network.linear_ngrams.table.weight.normal_()
        ids = torch.arange(900, 1050)
        votes = network.votes(torch.cartesian_prod(ids, ids))[1][:, 1]
    assert len(votes.unique(dim=0)) > 15_000  # of 22,500 pairs of letters or words
