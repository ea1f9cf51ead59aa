"""predict: a table in, the same table with predictions behind each row out."""

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import PATIENCE, ROOT, run_here
from models import rows_of
from test_folder import in_a_process

from model.__main__ import main
from model.__main__ import start as start_program
from model.answering import CHUNK
from model.data.layout import Asked
from model.data.tables import read_table

# Why an answer is open, its probability, of what that is, and the weights
CONTRACT = [
    "prediction_note",
    "open",
    "answer_probability",
    "probability_of",
    "weights",
]
TABLE = 'id,surname,city\n1,Nakamura,"Paris, FR"\n2,"Rossi",\n3,Иванов,"two\nlines"\n'


@pytest.fixture
def predict(small_folder, capfd):
    """Call the command line in this process; return its exit code and what it printed."""

    def call(*arguments) -> tuple[int, str, str]:
        code = main(["predict", "--model", str(small_folder), *map(str, arguments)])
        return code, *capfd.readouterr()

    return call


def start(model, *arguments, **options):
    """Start `python -m model predict` as a user does."""
    return subprocess.Popen(
        [sys.executable, "-m", "model", "predict", "--model", model, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        **{"cwd": ROOT, "stdin": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def assert_refused(result: tuple[int, str, str], *words: str):
    """One line on stderr that has these words, and exit code 2."""
    code, output, errors = result
    assert (code, output) == (2, ""), errors
    assert errors.count("\n") == 1
    assert errors.startswith("python -m model: ")
    for word in words:
        assert word in errors


def test_predictions_stand_behind_the_rows_of_a_table(
    predict, small_classifier, tmp_path
):
    source, output, n = tmp_path / "people.csv", tmp_path / "out.csv", CHUNK + 3
    source.write_text(TABLE + "4,Kim,Seoul\n" * (n - 3), encoding="utf-8")
    result = predict(source, "-o", output, "--column", "surname", "--top-k", 2)
    assert result == (
        0,
        "",
        f"{n:,} rows predicted; column surname of 3, header found\n",
    )
    header, *rows = parsed(output.read_bytes().decode())
    new = ["answer", "label_1", "probability_1", "label_2", "probability_2"]
    assert header == ["id", "surname", "city", *new, *CONTRACT]
    assert [row[:3] for row in rows] == parsed(source.read_text("utf-8"))[1:]
    for row in (*rows[:3], rows[-1]):
        expected = small_classifier.predict(row[1], top_k=2)
        answer, best, first, second, next_best = row[3:8]
        assert answer == small_classifier.answer(row[1]).verdict.in_words
        assert [best, second] == list(expected)
        probabilities = [float(first), float(next_best)]
        assert probabilities == pytest.approx(list(expected.values()), abs=6e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "people.csv"]


def test_what_is_appended_can_be_chosen(predict, small_classifier, tmp_path):
    (source := tmp_path / "a.csv").write_text("name,answer\nRossi,yes\n")
    columns = "weights,probability_1"
    header, row = parsed(predict(source, "--columns", columns)[1])
    assert header == ["name", "answer", *columns.split(",")]
    assert row[2] == small_classifier.answer("Rossi").weights[:12]


def test_line_ends_stay_while_byte_order_mark_and_blank_last_lines_go(
    predict, tmp_path
):
    """The output of a gzipped table with a byte order mark, Windows' line ends and blank lines."""
    source = tmp_path / "people.csv.gz"
    text = "\ufeffname\r\nMüller\r\nRossi\r\n\r\n\r\n"
    source.write_bytes(gzip.compress(text.encode()))
    output = tmp_path / "out.csv.gz"
    output.touch()  # an earlier one, which is replaced
    assert predict(source, "-o", output)[0] == 0
    unpacked_output = gzip.decompress(output.read_bytes()).decode()
    assert unpacked_output.count("\r\n") == unpacked_output.count("\n") == 3
    assert unpacked_output.startswith("name,")
    texts = [line.split(",")[0] for line in unpacked_output.split("\r\n")]
    assert texts == ["name", "Müller", "Rossi", ""]


BAD_ROWS = {
    "no letter": (b"name,n\nRossi,1\n123,2\nPopov,3\n", 3, "no letter"),
    "too many columns": (b'name,n\n"Rossi\n",1\nBruno,2,2\nPopov,3\n', 4, "3 columns"),
    "open quote": (b'name,n\nRossi,1\n"Bruno,2\nPopov,3\n', 3, "quote"),
}


@pytest.mark.parametrize(("content", "line", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_keeps_its_place_with_the_reason_or_ends_all(
    predict, tmp_path, content, line, reason
):
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    refusal = predict(source, "-o", output, "--strict")
    assert_refused(refusal, f"people.csv, line {line}: ", reason)
    assert list(tmp_path.iterdir()) == [source]
    code, _, errors = predict(source, "-o", output)
    assert code == 0
    assert "2 rows predicted" in errors
    assert re.search(rf"people.csv: 1 row not read: line {line}: .*{reason}", errors)
    header, *rows = parsed(output.read_bytes().decode())
    assert {len(row) for row in rows} == {len(header)}
    cells = [dict(zip(header[2:], row[2:], strict=True)) for row in rows]
    assert reason in cells[1].pop("prediction_note")
    assert set(cells[1].values()) == {""}
    for read in (cells[0], cells[2]):
        assert read["label_1"]
        assert not read["prediction_note"]


@pytest.mark.parametrize("form", [".jsonl", ".xlsx"])
def test_bad_rows_of_any_form_keep_their_place(predict, tmp_path, form):
    source, output = tmp_path / "a.jsonl", tmp_path / f"out{form}"
    source.write_text('{"name": "Kim", "n": 1}\n{"n": 2\n{"name": "", "n": 3}\n')
    predict(source, "-o", output)
    table = read_table(str(output), asked=Asked(column="prediction_note"))
    assert [bool(row.fields[table.column]) for row in table.rows] == [False, True, True]
    replies = predict(source, "--json")[1].splitlines()
    assert ["problem" in json.loads(reply) for reply in replies] == [False, True, True]


NAME = b"name,n\nRossi,1\n"
WRONG_INPUTS = {
    "no such column": (NAME, "--column city", ["'city'", "name, n"]),
    "column twice": (b"name,name\nRossi,1\n", "--column name", ["more than one"]),
    "predicted already": (b"name,label_1\nRossi,x\n", "", ["label_1 already"]),
    "k too large": (NAME, "--top-k 4", ["--top-k must be a whole number from 1 to 3"]),
    "not appended": (NAME, "--columns answer,score", ["'score'", "label_3", "weights"]),
    "no such number": (
        b"Rossi,1\n",
        "--column 3 --no-header",
        ["'3'", "numbers 1 to 2"],
    ),
    "a sheet of CSV": (NAME, "--sheet A", ["has no sheets"]),
    # What would lose a cell
    "no names": (b"surname,,\nKim,x,y\n", "-o out.jsonl", ["more than one column ''"]),
    "a long cell": (
        f"surname,x\nKim,{'a' * 40_000}\n".encode(),
        "-o out.xlsx",
        ["32,767 characters"],
    ),
    "too many columns": (
        f"surname{',x' * 16_383}\nKim{',' * 16_383}\n".encode(),
        "-o out.xlsx",
        ["1,048,576 rows and 16,384 columns"],
    ),
}


@pytest.mark.parametrize(
    ("content", "options", "words"), WRONG_INPUTS.values(), ids=WRONG_INPUTS
)
def test_wrong_input_is_one_line_beside_the_old_output(
    predict, tmp_path, monkeypatch, content, options, words
):
    monkeypatch.chdir(tmp_path)
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    output.write_text("earlier")
    assert_refused(predict(source, "-o", output, *options.split()), *words)
    assert output.read_text() == "earlier"
    assert sorted(tmp_path.iterdir()) == [output, source]


def test_files_that_cannot_be_read_or_written(predict, tmp_path):
    source, link = tmp_path / "people.csv", tmp_path / "link"
    source.write_text("name\nRossi\n")
    link.symlink_to(link)
    circle = "Too many levels of symbolic links"
    assert_refused(predict(link), "cannot be read", circle)
    assert_refused(predict(source, "-o", link / "out.csv"), "cannot be written", circle)
    done = run_here(main, "predict", tmp_path / "none.csv")
    assert_refused((done.returncode, "", done.stderr), "No file", "none.csv")
    assert_refused(predict(tmp_path), "cannot be read")
    for output in (tmp_path, source / "out.csv", tmp_path / "none" / "out.csv"):
        assert_refused(predict(source, "-o", output), "cannot be written")
    assert sorted(tmp_path.iterdir()) == [link, source]


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_overwritten(predict, tmp_path, link):
    source = output = tmp_path / "people.csv"
    source.write_text("name\nRossi\n12\n")
    if link:
        link(source, output := tmp_path / "link.csv")
    for names in ((source, output), (output, source)):
        refusal = predict(names[0], "-o", names[1])
        assert_refused(refusal, "the input itself", "another file")
    assert source.read_text() == "name\nRossi\n12\n"


@pytest.mark.parametrize(
    ("codec", "name", "note"),
    rows_of("""
cp1252 | Müller | ; read as Windows-1252 because it is not UTF-8
cp1251 | Иванов | ; read as Windows-1251 because it is not UTF-8
"""),
)
@pytest.mark.parametrize("is_named", [False, True])
def test_an_encoding_is_a_guess_unless_it_is_named(
    predict, tmp_path, codec, name, note, is_named
):
    source = tmp_path / "people.csv"
    source.write_bytes(f"n;name\n1;{name}\n2;Kim\n".encode(codec))
    options = ["--encoding", codec] if is_named else []
    output = tmp_path / "out.csv"
    code, _, errors = predict(source, "-o", output, "--top-k", 1, *options)
    assert code == 0
    found = "2 rows predicted; column name of 2, header found"
    assert errors == f"{found}{'' if is_named else note}\n"
    assert f"\n1;{name};" in output.read_bytes().decode()


def test_a_closed_standard_input_is_one_line(predict, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it
    assert_refused(predict("-"), "standard input cannot be read: it is closed.")


def test_typed_texts_are_json_lines_in_a_pipe(predict, small_classifier):
    code, output, errors = predict("--text", "Rossi", "Иванов", "--top-k", 1)
    assert (code, errors) == (0, "")
    for line, text in zip(output.splitlines(), ["Rossi", "Иванов"], strict=True):
        row = json.loads(line)
        assert row["name"] == text
        assert [row["label_1"]] == list(small_classifier.predict(text, 1))


def test_what_is_not_utf_8_on_a_command_line_is_a_sign_for_that(predict):
    _, output, _ = predict("--text", "Ro\udcffssi", "--format", "csv")
    assert output.splitlines()[-1].startswith("Ro\ufffdssi,")


def test_a_form_that_is_not_written_is_refused(predict, tmp_path):
    output = tmp_path / "x.parquet"
    result = predict("--text", "Rossi", "-o", output)
    assert_refused(result, "x.parquet", ".csv, .tsv, .jsonl, .xlsx")
    assert not output.exists()


@pytest.mark.slow
def test_a_reader_that_leaves_early_brings_no_error(small_folder):
    process = start(small_folder, "-", stdout=subprocess.PIPE)
    process.stdout.close()
    _, errors = process.communicate(b"name\n" + b"Rossi\n" * CHUNK, timeout=PATIENCE)
    assert errors == b""


@pytest.mark.nightly
def test_the_input_is_not_written_to_by_a_redirection(small_folder, tmp_path):
    source = tmp_path / "people.csv"
    source.write_text("name\nRossi\n")
    with open(source, "rb") as stdin, open(source, "ab") as stdout:
        process = start(small_folder, "-", stdin=stdin, stdout=stdout)
        _, errors = process.communicate(timeout=PATIENCE)
    assert_refused((process.returncode, "", errors.decode()), "the input itself")
    assert source.read_text() == "name\nRossi\n"


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_stopped_run_leaves_nothing_behind(
    small_folder, tmp_path, monkeypatch, sent, code
):
    """Stopped when all is written but the name of the file."""
    (source := tmp_path / "people.csv").write_text("name\nRossi\n")
    output = tmp_path / "out"
    output.mkdir()
    command = f"model predict --model {small_folder} {source} -o {output}/out.csv"
    monkeypatch.setattr(sys, "argv", command.split())

    def work():
        with pytest.raises(SystemExit) as stopped:
            sys.exit(start_program())
        return stopped.value.code

    def stop():
        assert list(output.iterdir())
        os.kill(os.getpid(), sent)

    assert in_a_process(work, stop, 0, {"os.rename"}) == code
    assert list(output.iterdir()) == []
