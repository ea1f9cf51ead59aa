"""What the commands say and keep: messages, exit codes, cards, scores of tables.

Most run the command line's own `main` in this process on real files.
"""

import csv
import hashlib
import os
import re
import shlex
import shutil
import socket
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from accelerators import interrupt
from conftest import TEST, TRAIN, run_here, run_script, write_rows
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from model import InputError, TextClassifier
from model.__main__ import main
from model.arguments import page_options
from model.storage import hub
from model.storage.plots import curves
from model.tabs.app import serve
from model.tabs.page_model import read_model
from model.tabs.quality import overview_html
from model.tabs.refusals import Page


@pytest.fixture
def copy(complete_folder, tmp_path):
    return shutil.copytree(complete_folder, tmp_path / "m")


def error(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_what_is_not_a_model_folder_is_told_what_it_is(copy, small_data, tmp_path):
    others = tmp_path / "nowhere", tmp_path, Path("/"), Path("a" * 300)
    for path in (small_data, *others):
        problem = re.escape(f"No model folder {path} (it has no config.json): ")
        with pytest.raises(InputError, match=f"^{problem}give a whole folder that "):
            TextClassifier.load(str(path))


def score(capsys, *arguments, told=""):
    assert main(["evaluate", *map(str, arguments)]) == 0
    output, errors = capsys.readouterr()
    assert told in errors
    return output


def test_evaluate_prints_what_scikit_learn_finds(capsys, complete_folder, tmp_path):
    rows = [*TRAIN[::3], *TEST]
    table = tmp_path / "t.csv"
    with open(table, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("id", "Sprache", "Nachname"), *((1, b, a) for a, b in rows)]
        )
    columns = ("--text-column", "Nachname", "--label-column", "Sprache")
    output = score(capsys, table, "--model", complete_folder, *columns, "--top-k", "2")
    classifier = TextClassifier.load(complete_folder)
    texts, labels = zip(*rows, strict=True)
    probabilities = classifier.predict_batch(texts)
    predicted = [classifier.labels[i] for i in probabilities.argmax(axis=1)]
    top = top_k_accuracy_score(
        labels,
        probabilities,
        k=2,
        labels=classifier.labels,
    )
    for name, figure in {
        "accuracy": f"{accuracy_score(labels, predicted):.1%}",
        "macro-F1": f"{f1_score(labels, predicted, average='macro'):.3f}",
        "right in the top 2": f"{top:.1%}",
    }.items():
        assert re.search(rf"^{name} +{figure}$", output, re.MULTILINE)
    first = f"{table}: {len(rows)} rows, text from column Nachname, label from column Sprache"
    assert output.startswith(f"{first}, header found\n")


def test_evaluate_takes_columns_by_number_and_leaves_bad_rows_out(
    capsys, complete_folder, tmp_path
):
    """And macro-F1 is that of the labels in the table."""
    table = tmp_path / "t.csv"
    table.write_text("Rossi,Italian\nKos,Klingon\n12,Italian\nSato,Japanese\n")
    told = (
        "t.csv: 2 rows not read: line 2: the language 'Klingon' is not one of the mod"
    )
    options = ("--model", complete_folder, "--column", 1, "--no-header")
    output = score(capsys, table, *options, told=told)
    columns = "text from column 1, label from column 2, no header found"
    assert f": 2 rows, {columns}" in output
    texts, labels = ["Rossi", "Sato"], ["Italian", "Japanese"]
    classifier = TextClassifier.load(complete_folder)
    predicted = [next(iter(classifier.predict(text, 1))) for text in texts]
    f1 = f1_score(labels, predicted, labels=labels, average="macro")
    line = rf"macro-F1 over the 2 languages in the table +{f1:.3f}"
    assert re.search(line, output)


def test_evaluate_gives_a_model_the_scores_that_page_and_card_ask_for(
    capsys, small_folder, tmp_path
):
    folder = shutil.copytree(small_folder, tmp_path / "m")
    assert main(["card", "--model", str(folder)]) == 2
    assert "run python -m model evaluate TABLE --model FOLDER --save" in error(capsys)
    table = write_table(tmp_path / "t.csv", [*TEST, ("Conti", "Russian")])
    output = score(capsys, table, "--model", folder, "--save")
    (accuracy,) = re.findall(r"\naccuracy +(\S+)", output)
    card = (folder / "README.md").read_text("utf-8")
    assert f"\n| {accuracy} | " in card.partition("On 4 rows that were given after")[2]
    shown = read_model(folder)
    assert f"<dd>{accuracy}</dd>" in overview_html(shown)
    assert curves(shown.metrics).keys() == {"Reliability"}


def test_a_look_up_is_remade_and_the_weights_stay(capsys, copy, small_data, tmp_path):
    assert main(["remake", "--model", str(copy)]) == 2
    assert "has no look-up: there is nothing to make again" in error(capsys)
    classifier = TextClassifier.load(copy)
    data = shutil.copytree(small_data, tmp_path / "data")
    weights = (copy / "model.safetensors").read_bytes()
    classifier.model.training["data"] = str(data)
    classifier.model.look_up.bearers = {"gone": {0: 3}}
    classifier.save(copy)
    write_rows(data / "given_known.csv.gz", [("Anna", "Indian", "4")])
    assert main(["remake", "--model", str(copy)]) == 0
    assert error(capsys) == f"the look-up and the card of {copy} are remade"
    look_up = TextClassifier.load(copy).model.look_up
    assert (look_up.bearers, look_up.given) == ({}, {"anna": (4, ["Indian"])})
    assert (copy / "model.safetensors").read_bytes() == weights


def test_scores_of_rows_that_were_trained_on_are_not_kept(copy):
    classifier = TextClassifier.load(copy)
    for text in ("Conti", "Rossi"):  # the first is not, but the model has scores
        with pytest.raises(InputError, match=r"^These scores are not kept"):
            classifier.evaluate([text], ["Italian"], keep=True)
        classifier.model.metrics = {}
    classifier.evaluate(["Conti"], ["Italian"], keep=True)
    assert classifier.metrics


@pytest.mark.usefixtures("with_token")
def test_a_shipped_model_loads_by_its_name_from_anywhere(copy, tmp_path, monkeypatch):
    assert TextClassifier.load("reviews").task.name == "reviews"
    monkeypatch.setattr(hub, "SHIPPED", copy.parent)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "m").mkdir(parents=True)
    monkeypatch.chdir(elsewhere)
    with pytest.raises(InputError, match="No model folder m "):  # it comes first
        TextClassifier.load("m")
    (elsewhere / "m").rmdir()
    assert read_model("m").title == "M"
    for command in ("card", "space ada/m --dry-run"):
        assert run_here(main, *command.split(), "--model", "m").returncode == 0


def second_line(capsys, table, folder):
    return score(capsys, table, "--model", folder).splitlines()[1]


def write_table(path, rows):
    lines = [f"{text},{label}\n" for text, label in rows]
    path.write_text("".join(["name,language\n", *lines]))
    return path


def test_evaluate_tells_rows_that_were_trained_on_from_unseen_ones(
    capsys, complete_folder, tmp_path
):
    seen = [
        (text.upper(), label) for text, label in TRAIN[3:8]
    ]  # another spelling of it
    table = write_table(tmp_path / "t.csv", [*seen, *TEST])
    classifier = TextClassifier.load(complete_folder)
    right = sum(next(iter(classifier.predict(t, 1))) == label for t, label in TEST)
    test = classifier.metrics["test"]
    on_test = (
        f" On the test split, {test['rows']} unseen rows, the accuracy is "
        f"{test['accuracy']:.1%}."
    )
    assert second_line(capsys, table, complete_folder) == (
        "5 of these 8 rows were trained on, as their texts show. On the other 3, which are "
        f"unseen, the accuracy is {right / 3:.1%}.{on_test}"
    )
    for rows, told in (
        (TRAIN, "All of these 30 rows were"),
        (TEST, "None of these 3 rows was"),
    ):
        line = second_line(capsys, write_table(table, rows), complete_folder)
        assert line == f"{told} trained on, as their texts show.{on_test}"
    scores = classifier.evaluate(*zip(*seen, *TEST, strict=True))
    assert scores["trained_on"] == 5
    assert scores["unseen"]["rows"] == 3
    assert scores["unseen"]["accuracy"] == pytest.approx(right / 3)


def test_texts_to_pretrain_on_are_not_kept_and_known_by_their_file(
    capsys, complete_folder, tmp_path
):
    table = write_table(tmp_path / "t.csv", TEST)
    classifier = TextClassifier.load(complete_folder)
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest()
    more = {"rows": 6, "sha256": sha256, "part": "pretraining"}
    classifier.metrics["dataset"] = {"more.csv": more}
    classifier.save(tmp_path / "m")
    line = second_line(capsys, table, tmp_path / "m")
    assert line.startswith("All of these 3 rows were trained on, as the file's SHA-256")


def test_without_texts_the_file_that_was_trained_on_is_known_by_its_checksum(
    capsys, complete_folder, tmp_path
):
    table = write_table(tmp_path / "t.csv", [*TRAIN, *TEST])
    classifier = TextClassifier.load(complete_folder)
    classifier.model.training_texts = {}
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest()
    files = {
        "mine.csv": {
            "rows": 33,
            "sha256": sha256,
            "part": "train",
        }
    }
    for dataset, told in (
        (files, "30 of these 33 rows were trained on, as the file's SHA-256 shows."),
        (  # whose test rows were held out of no other file
            files | {"b.csv": {"rows": 3, "sha256": "", "part": "test"}},
            "All of these 33 rows were trained on, as the file's SHA-256 shows.",
        ),
        (
            {"mine.csv": files["mine.csv"] | {"sha256": "0" * 64}},
            "Whether these rows were trained on is not known: the model keeps no texts.",
        ),
    ):
        classifier.metrics["dataset"] = dataset
        classifier.save(tmp_path / "m")
        line = second_line(capsys, table, tmp_path / "m")
        assert line.startswith(f"{told} On the test split, 3 unseen rows, the accuracy")


@pytest.mark.parametrize("header", ["", "wer,woher\n", "Abel,Klingon\n"])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("column", [(), ("--label-column", "{}")])
def test_evaluate_knows_its_labels(
    capsys, complete_folder, tmp_path, header, swapped, column
):
    """A first row without one is a header."""
    rows = [
        line.split(",")
        for line in (header + "Rossi,Italian\nSato,Japanese\n" * 2).split()
    ]
    order = -1 if swapped else 1
    (table := tmp_path / "t.csv").write_text(
        "".join(",".join(row[::order]) + "\n" for row in rows)
    )
    number = "1" if swapped else "2"
    options = [option.format(number) for option in column]
    output = score(capsys, table, "--model", complete_folder, *options)
    text, label = rows[0] if header else ("12", "21")[swapped]
    found = f"text from column {text}, label from column {label}, {'' if header else 'no '}header"
    assert output.startswith(
        f"{table}: 4 rows, {found} found; told by the cells; line 1 ("
    )


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "Rossi,Italian\nKos,Klingon\n",
            "--column 1 --label-column 2 --no-header --strict",
            "t.csv, line 2: the language 'Klingon' is not one of the",
        ),
        (
            "name,language\nKos,\n",
            "",
            "no row of the languages Italian, Japanese, Russian. ",
        ),
        (
            "Rossi,Rome,Italian\n",
            "",
            "; found: 'Rossi', 'Rome', 'Italian'; if this guess is right: python -m model evalu",
        ),
        ("Italian\n", "", "t.csv has one column: it needs two"),
        (
            "a,b\nKos,Italian\n",
            "--text-column a --label-column a",
            "name two different ones",
        ),
    ],
)
def test_evaluate_says_what_is_wrong(
    capsys, complete_folder, tmp_path, content, options, message
):
    (table := tmp_path / "t.csv").write_text(content)
    assert (
        main(
            ["evaluate", str(table), "--model", str(complete_folder), *options.split()]
        )
        == 2
    )
    assert message in error(capsys)


def test_options_go_before_gradio_s_variables(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    page = page_options([])
    assert (page.host, page.port) == ("0.0.0.0", 7999)
    page = page_options(["--host", "127.0.0.1", "--port", "8000"])
    assert (page.host, page.port) == ("127.0.0.1", 8000)


@pytest.mark.parametrize("port", ["http", "", "0", "65536", "٧٨٦٠"])
def test_a_port_that_is_none_is_one_line(monkeypatch, port):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    done = run_here(main, "app")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        f"python -m model app: argument --port: {port!r}: it should be "
    )


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        (
            ["predict - -o ''", "card --model ''", "train --data ''"],
            "the value is empty",
        ),
        (["train --nonsense", "app --nonsense", "predict x --nonsense"], "--nonsense"),
        (["--nonsense"], "--nonsense"),
        (["space a/b --static --hardware zero"], "--static"),
        (["predict t.csv --text Rossi"], "--text is in place of a table"),
        (
            ["predict - -o t.csv --format csv"],
            "--format and --json are for standard output",
        ),
    ],
)
def test_wrong_arguments_are_one_line_without_the_usage(commands, complaint):
    for command in commands:
        done = run_here(main, *shlex.split(command))
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith("python -m model")
        assert complaint in line


HELP = "predict --help", "train --help", "app --help", "--help", "--version", ""


def test_help_and_refused_tables_come_without_what_takes_seconds_to_import():
    """Each command line in one new process, which then has neither torch nor numpy."""
    code = f"""
import sys
from model.__main__ import main
for line in {HELP}:
    try:
        main(line.split())
    except SystemExit as error:
        print(line, error.code)
print("refused:", main(["train", "--data", "CHANGELOG.md"]))
print("imported:", {{"torch", "numpy", "accelerate"}} & set(sys.modules))
"""
    lines = run_script("-c", code).stdout.splitlines()
    assert lines[-2:] == ["refused: 2", "imported: set()"]
    assert {f"{line} 0" for line in HELP if line} <= set(lines)
    assert lines.count("usage: python -m model [-h] [--version] COMMAND ...") == 2


def test_quiet_prints_errors_alone(complete_folder, tmp_path, capfd):
    (table := tmp_path / "t.csv").write_text("Rossi\nKim\n")
    command = ["predict", str(table), "--model", str(complete_folder), "--quiet"]
    assert main(command) == 0
    output, errors = capfd.readouterr()
    assert output.count("\n") == 2
    assert errors == ""


def test_letters_that_an_output_lacks_are_escaped(
    monkeypatch, complete_folder, tmp_path
):
    output = TextIOWrapper(BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", output)
    table = write_table(tmp_path / "t.csv", TEST)
    assert main(["evaluate", str(table), "--model", str(complete_folder)]) == 0
    assert rb"\xb1" in output.buffer.getvalue()  # ±


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_the_output_is_one_line(
    monkeypatch, capfd, complete_folder, tmp_path
):
    table = write_table(tmp_path / "t.csv", TEST)
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["evaluate", str(table), "--model", str(complete_folder)]) == 2
        full.buffer.raw.close()
    fault = "standard output cannot be written: No space left on device."
    assert error(capfd) == f"python -m model: {fault}"
    # So that Python, when it ends, does not try once more
    assert os.path.samestat(os.fstat(1), os.stat(os.devnull))


def test_a_host_of_another_machine_and_a_port_that_is_taken_are_named():
    message = r"^192\.0\.2\.1:7860 is taken, or not an address of"
    with pytest.raises(InputError, match=message):
        serve(Page(), "192.0.2.1", 7860)  # never an address of ours
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port} is taken"):
            serve(Page(), "127.0.0.1", port)


@pytest.mark.parametrize("command", ["predict -", "evaluate -", "card", "push ada/m"])
def test_ctrl_c_is_one_line_in_every_command(monkeypatch, capsys, command):
    monkeypatch.setattr(TextClassifier, "load", interrupt)
    monkeypatch.setattr("model.commands.command_line.read_model_folder", interrupt)
    assert main(command.split()) == 130
    assert error(capsys).startswith("stopped: ")
