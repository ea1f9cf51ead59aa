import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ENCODINGS, PATIENCE, ROOT

from model.__main__ import main
from model.data.tables import Hints
from model.predict.files import CHUNK_ROWS
from model.tabs.tables import read_file

TABLE = 'id,surname,city\n1,Nakamura,"Paris, FR"\n2,"Rossi",\n3,Иванов,"two\nlines"\n'


def predict(*arguments, stdin=b"", threads=1):
    """Run `python -m model predict` as a user does, in bytes; the model comes by the fixture."""
    return subprocess.run(
        [sys.executable, "-m", "model", "predict", *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )


@pytest.fixture(scope="session")
def model(small_classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict") / "model"
    small_classifier.save(folder)
    return folder


def rows_of(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def assert_refused(code: int, errors: str, *words: str):
    """One line on stderr that has these words, and exit code 2."""
    assert code == 2, errors
    assert errors.count("\n") == 1
    assert errors.startswith("python -m model: ")
    for word in words:
        assert word in errors


@pytest.fixture
def predict_here(model, capfd):
    """Call the command line in this process, for the many cases of wrong input."""

    def call(*arguments) -> tuple[int, str]:
        code = main(["predict", "--model", str(model), *map(str, arguments)])
        return code, capfd.readouterr().err

    return call


def test_a_table_keeps_columns_order_and_quotes_and_gets_the_model_s_predictions(
    model, small_classifier, tmp_path
):
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_text(TABLE, encoding="utf-8")
    result = predict("--model", model, source, "-o", output, "--column", "surname", "--top-k", 2)
    assert result.returncode == 0, result.stderr
    assert result.stdout == b""
    assert result.stderr == b"3 rows predicted; column surname of 3, header found\n"
    written = output.read_text(encoding="utf-8")
    assert '\n1,Nakamura,"Paris, FR",' in written
    assert '\n2,"Rossi",,' in written
    assert '\n3,Иванов,"two\nlines",' in written
    header, *rows = rows_of(output.read_bytes())
    new = ["label_1", "probability_1", "label_2", "probability_2"]
    assert header == ["id", "surname", "city", *new]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    for row in rows:
        expected = small_classifier.predict(row[1], top_k=2)
        assert [row[3], row[5]] == list(expected)
        probabilities = [float(row[4]), float(row[6])]
        assert probabilities == pytest.approx(list(expected.values()), abs=6e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "people.csv"]


def test_header_and_column_are_found_and_named(model):
    result = predict("--model", model, "-", stdin=b"id,Nachname\n1,Rossi\n")
    header, row = rows_of(result.stdout)
    assert header[:4] == ["id", "Nachname", "label_1", "probability_1"]
    assert len(header) == len(row) == 8
    assert b"column Nachname of 2, header found" in result.stderr


def test_a_plain_list_has_no_header_in_and_out(model):
    result = predict("--model", model, "--top-k", 1, "-", stdin=b"Rossi\nPopov")
    assert [row[0] for row in rows_of(result.stdout)] == ["Rossi", "Popov"]
    assert result.stdout.endswith(b"\n")


def test_bom_gzip_windows_lines_and_blank_last_lines(model, tmp_path):
    source, output = tmp_path / "people.csv.gz", tmp_path / "out.csv.gz"
    source.write_bytes(gzip.compress("\ufeffname\r\nMüller\r\nRossi\r\n\r\n\r\n".encode()))
    result = predict("--model", model, "--column", "name", source, "-o", output)
    assert result.returncode == 0, result.stderr
    text = gzip.decompress(output.read_bytes()).decode()
    assert [line.split(",")[0] for line in text.split("\r\n")] == ["name", "Müller", "Rossi", ""]


def test_tabs_separate_in_a_tsv_file(model, tmp_path):
    source = tmp_path / "people.tsv"
    source.write_text("id\tname\n1\tRossi, Paolo\n")
    result = predict("--model", model, "--column", "name", "--top-k", 1, source)
    header, row = result.stdout.decode().splitlines()
    assert header == "id\tname\tlabel_1\tprobability_1"
    assert row.split("\t")[:2] == ["1", "Rossi, Paolo"]


BAD_ROWS = {
    "no letter": (b"name,n\nRossi,1\n123,2\nPopov,3\n", 3, "no letter"),
    "empty text": (b"name,n\nRossi,1\n,2\nPopov,3\n", 3, "empty"),
    "blank line": (b"name,n\nRossi,1\n\nPopov,3\n", 3, "the line is empty"),
    "too few columns": (b"name,n\nRossi,1\nBruno\nPopov,3\n", 3, "1 columns, and the first line"),
    "too many columns": (b'name,n\n"Rossi\n",1\nBruno,2,2\nPopov,3\n', 4, "3 columns"),
    "not UTF-8": (b"\xef\xbb\xbfname,n\nRossi,1\nM\xfcller,2\nPopov,3\n", 3, "not UTF-8"),
    "no encoding at all": (b"name,n\nRossi,1\nM\xfc\x81ller,2\nPopov,3\n", 3, "not Windows-1252"),
    "open quote": (b'name,n\nRossi,1\n"Bruno,2\nPopov,3\n', 3, "quotes"),
}


@pytest.mark.parametrize(("content", "line", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_ends_all_or_is_left_out_and_counted(
    predict_here, tmp_path, content, line, reason
):
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    refusal = predict_here(source, "-o", output)
    assert_refused(*refusal, f"people.csv, line {line}: ", reason, "--skip-bad")
    assert list(tmp_path.iterdir()) == [source]
    code, errors = predict_here(source, "-o", output, "--skip-bad")
    assert code == 0
    assert "2 rows predicted" in errors
    assert "1 bad row left out" in errors
    assert [row[1] for row in rows_of(output.read_bytes())] == ["n", "1", "3"]


def test_the_first_of_several_bad_rows_is_named_in_a_real_run(model):
    result = predict("--model", model, "-", stdin=b"name,n\nRossi,1\n123,2\nBruno\n")
    assert_refused(result.returncode, result.stderr.decode(), "standard input, line 3: ")


def test_all_rows_bad(model):
    result = predict("--model", model, "--skip-bad", "-", stdin=b"name\n1\n2\n")
    assert result.returncode == 0
    assert len(rows_of(result.stdout)) == 1
    assert b"0 rows predicted" in result.stderr


WRONG_INPUTS = {
    "empty": (b"", (), ["people.csv is empty"]),
    "no such column": (b"name,n\nRossi,1\n", ("--column", "city"), ["'city'", "name, n"]),
    "column twice": (b"name,name\nRossi,1\n", ("--column", "name"), ["more than one"]),
    "predicted already": (b"name,label_1\nRossi,x\n", (), ["label_1 already"]),
    "k too large": (b"name\nRossi\n", ("--top-k", 4), ["k must be a whole number from 1 to 3"]),
    "half of UTF-16": (b"\xff\xfen\0a\0m", (), ["line 1", "not UTF-16"]),
    "no column of that number": (b"Rossi,1\n", ("--column", "3"), ["2 columns"]),
    "a sheet of CSV": (b"name\nRossi\n", ("--sheet", "A"), ["has no sheets"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", (), ["seems to be a PNG picture"]),
    "cut gzip": (gzip.compress(b"name\nRossi\n" * 99)[:-9], (), ["not a complete gzip file"]),
    "no model": (b"name\nRossi\n", ("--model", "nowhere"), ["No model folder nowhere"]),
}


@pytest.mark.parametrize(("content", "options", "words"), WRONG_INPUTS.values(), ids=WRONG_INPUTS)
def test_wrong_input_is_one_line_and_leaves_the_earlier_output(
    predict_here, tmp_path, content, options, words
):
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    output.write_text("earlier")
    assert_refused(*predict_here(source, "-o", output, *options), *words)
    assert output.read_text() == "earlier"
    assert sorted(tmp_path.iterdir()) == [output, source]


def test_files_that_cannot_be_read_or_written(predict_here, tmp_path):
    source = tmp_path / "people.csv"
    source.write_text("name\nRossi\n")
    assert_refused(*predict_here(tmp_path / "none.csv"), "No file", "none.csv")
    assert_refused(*predict_here(tmp_path), "cannot be read")
    for output in (tmp_path, source / "out.csv", tmp_path / "none" / "out.csv"):
        assert_refused(*predict_here(source, "-o", output), "cannot be written")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line(model):
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "model", "predict", "--model", model, "-"],
            cwd=ROOT,
            input=b"name\nRossi\n",
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )
    assert_refused(
        result.returncode,
        result.stderr.decode(),
        "standard output cannot be written: No space left",
    )


SPELLINGS = {
    "as given": lambda source: source,
    "another spelling": lambda source: source.parent / ".." / source.parent.name / source.name,
    "symbolic link": lambda source: linked(source, os.symlink),
    "hard link": lambda source: linked(source, os.link),
    "symbolic link to its folder": lambda source: linked(source.parent, os.symlink) / source.name,
}


def linked(target, link):
    path = target.parent / f"a link to {target.name}"
    link(target, path)
    return path


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_the_input_is_never_overwritten(predict_here, tmp_path, spelling):
    folder = tmp_path / "folder"
    folder.mkdir()
    source = folder / "people.csv"
    source.write_text("name\nRossi\n12\n")
    output = spelling(source)
    for names in ((source, output), (output, source)):
        refusal = predict_here(names[0], "-o", names[1], "--skip-bad")
        assert_refused(*refusal, "the input itself", "another file")
    assert source.read_text() == output.read_text() == "name\nRossi\n12\n"


@pytest.mark.parametrize("arguments", [["-", "-o", "people.csv"], ["people.csv"], ["-"]])
def test_the_input_is_not_overwritten_by_a_redirection_either(model, tmp_path, arguments):
    source = tmp_path / "people.csv"
    source.write_text("name\nRossi\n")
    command = [sys.executable, "-m", "model", "predict", "--model", model, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with open(source, "rb") as stdin, open(source, "ab") as stdout:
        options = {"stdin": stdin, "stdout": stdout, "stderr": subprocess.PIPE, "cwd": tmp_path}
        result = subprocess.run(command, env=environment, timeout=PATIENCE, **options)
    assert_refused(result.returncode, result.stderr.decode(), "the input itself")
    assert source.read_text() == "name\nRossi\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_of_a_file_changes_nothing_but_the_note(
    predict_here, tmp_path, encoding, newline, packed
):
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    mark, codec = ENCODINGS[encoding]
    lines = ["Größe;name", "1;Müller", '"2";"Núñez; José"']
    content = mark + newline.join([*lines, ""]).encode(codec)
    source.write_bytes(gzip.compress(content) if packed else content)
    code, errors = predict_here(source, "-o", output, "--column", "name", "--top-k", 1)
    assert code == 0, errors
    guessed = "; read as Windows-1252 because it is not UTF-8" if codec == "cp1252" else ""
    assert errors == f"2 rows predicted; column name of 2, header found{guessed}\n"
    text = output.read_bytes().decode("utf-8")
    assert [line.rsplit(";", 2)[0] for line in text.split(newline)] == [*lines, ""]


def test_the_first_megabyte_of_a_pipe_decides_and_a_contradiction_is_named_by_its_line(model):
    arguments = ("--model", model, "--no-header", "--top-k", 1, "-")
    result = predict(*arguments, stdin=b"Rossi\n" * CHUNK_ROWS + b"M\xfcller\n")
    assert result.returncode == 0
    assert result.stdout.decode().splitlines()[-1].startswith("Müller,")
    assert b"read as Windows-1252" in result.stderr
    many = 1_000_000 // 6
    result = predict(*arguments, stdin="Müller\n".encode() + b"Rossi\n" * many + b"M\xfcller\n")
    line = many + 2
    assert_refused(result.returncode, result.stderr.decode(), f"line {line}: not UTF-8")


@pytest.mark.parametrize(
    ("name", "header"), [("a.csv", "id;name"), ("a.csv", "id\tname"), ("a.csv", '"a,b,c";name')]
)
def test_predict_and_the_page_find_the_same_delimiter(predict_here, tmp_path, name, header):
    (tmp_path / name).write_text(f"{header}\n")
    delimiter = read_file((tmp_path / name).read_bytes(), name, Hints()).delimiter
    code, errors = predict_here(tmp_path / name, "-o", tmp_path / "out", "--column", "name")
    assert code == 0, errors
    assert (tmp_path / "out").read_text().startswith(f"{header}{delimiter}label_1{delimiter}")


def test_several_chunks_and_threads_stay_in_order(model, tmp_path):
    names = ["Rossi", "Takahashi", "Ng", "Kuznetsov"]
    rows = [f"{number},{names[number % 4]}" for number in range(4 * CHUNK_ROWS + 9)]
    source, output = tmp_path / "people.csv", tmp_path / "out.csv"
    source.write_text("\n".join(["id,name", *rows]))
    arguments = ("--model", model, source, "-o", output, "--column", "name", "--top-k", 1)
    result = predict(*arguments, threads=2)
    assert result.returncode == 0, result.stderr
    written = output.read_text().splitlines()[1:]
    assert [line.rsplit(",", 2)[0] for line in written] == rows
    by_name = {tuple(line.split(",")[1:3]) for line in written}
    assert len(by_name) == len(names)  # one label for each name, wherever it stands


def start(model, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "model", "predict", "--model", model, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        **options,
    )


def test_a_reader_that_leaves_early_is_no_error(model):
    process = start(model, "-", stdout=subprocess.PIPE)
    process.stdout.close()
    _, errors = process.communicate(b"name\n" + b"Rossi\n" * CHUNK_ROWS, timeout=PATIENCE)
    assert errors == b""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_nothing_behind(model, tmp_path, sent, code):
    process = start(model, "-", "-o", str(tmp_path / "out.csv"))
    process.stdin.write(b"name\n" + b"Rossi\n" * (1_000_000 // 6 + CHUNK_ROWS))
    process.stdin.flush()
    deadline = time.monotonic() + PATIENCE
    while not any(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert any(tmp_path.iterdir())
    process.send_signal(sent)
    assert process.wait(timeout=PATIENCE) == code
    process.stdin.close()
    process.stderr.close()
    assert list(tmp_path.iterdir()) == []
