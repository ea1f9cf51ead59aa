"""Give hostile files to everything that reads one; print the answer, the seconds and the memory.

`python benchmarks/hostile.py` takes the large ones (a gzip bomb of 10 GB, a line of 100 MB, a
million columns); tests/test_hostile.py asserts the same answers on small ones. Each case runs in a
process of its own, so its memory is a whole process's, with torch and the model.

`python benchmarks/hostile.py --remote` asks the running app, in every way there is, to read a file
of 600 MB from another server, and prints what that server sent and what memory the app took. The
server is on this machine, so Gradio's refusal of private addresses is taken out of the app: what is
shown is what a public address would meet. Linux.
"""

import argparse
import csv
import gzip
import json
import os
import re
import resource
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import torch
from common import ROOT, machine, print_table
from serving import peak_mb, resident_mb, running_app

from model.classifier import TextClassifier
from model.encoding import InputError
from model.folder import WEIGHTS, write_model_folder
from model.names_dataset import read_names
from model.prediction_files import predict_file
from tabs import tables
from tabs.shown import read_model

SHIPPED = ROOT / "model" / "weights" / "names"
LARGE = {"bomb": 10**10, "line": 10**8, "columns": 10**6, "rows": 10**6}
SMALL = {"bomb": 2 * 10**8, "line": 2 * 10**6, "columns": 3 * 10**5, "rows": 3 * 10**4}
TEST_ROWS = b"Rossi,Italian\n"


REMOTE_MB = 600
WAYS = ["run/predict_file", "api/predict_file", "call/predict_file", "call/v2/predict_file"]
WAYS += ["queue/join", "file=", "proxy="]
# Has Gradio take any host for a public one.
ANY_HOST = """
import safehttpx

async def any_host(name):
    return "127.0.0.1"

safehttpx.async_validate_url = any_host
"""


@dataclass(frozen=True)
class Case:
    """A hostile input, the reader that gets it, and a pattern of its answer."""

    name: str
    make: Callable[[Path, dict], Path]
    read: Callable[[TextClassifier, Path], str]
    answer: str


def contents(sizes: dict) -> dict[str, bytes]:
    """Return hostile contents of text files by name."""
    header = b"name,language\n"
    return {
        "one long line": b"a" * sizes["line"],
        "a million columns": b"name" + b"," * sizes["columns"] + b"\n" + b"Kim\n" * 9_000,
        "a quoted record without end": b'"Kim","' + b'\n","' * (sizes["line"] // 4),
        "a quote on every line": header + b'"Kim,Korean\n' * sizes["rows"],
        "blank lines": header + b"\n" * sizes["rows"] + b"Kim,Korean\n",
        "NUL bytes": header + b"K\0im,Kor\0ean\n" * 9,
        "UTF-16": "name,language\nKim,Korean\n".encode("utf-16"),
        "mixed encodings": header + "Müller,a\n".encode() + "Müller,a\n".encode("latin-1"),
        "formulas": header + b'=1+1,a\n"@SUM(A1)x",a\n+Kim,a\n-Kim,a\n' + b'"\tKim",a\n',
        "markup": header + b"<script>alert(1)</script>,<img src=x onerror=alert(1)>\n",
        "signs that become twenty letters": header + ("\u303d" * 100 + ",x\n").encode() * 9_000,
        "random bytes": bytes(i * i * 7 % 251 for i in range(10_000)) * 10,
    }


def text_file(name: str, suffix: str = ".csv") -> Callable[[Path, dict], Path]:
    """Return a function that writes these contents into a file."""

    def make(folder: Path, sizes: dict) -> Path:
        path = folder / f"people{suffix}"
        content = contents(sizes)[name]
        path.write_bytes(gzip.compress(content, 1) if suffix.endswith(".gz") else content)
        return path

    return make


def bomb(line: bytes) -> Callable[[Path, dict], Path]:
    """Return a function that writes a gzip file of this line over and over."""

    def make(folder: Path, sizes: dict) -> Path:
        path = folder / "bomb.csv.gz"
        member = gzip.compress(line * (10**7 // len(line)), 6)
        with open(path, "wb") as file:
            for _ in range(sizes["bomb"] // 10**7):
                file.write(member)
        return path

    return make


def train(_: TextClassifier, path: Path) -> str:
    """Read the file as training data."""
    folder = path.parent / "data"
    folder.mkdir()
    content = path.read_bytes()
    packed = content if path.suffix == ".gz" else gzip.compress(content, 1)
    (folder / "names_train.csv.gz").write_bytes(packed)
    (folder / "names_test.csv.gz").write_bytes(gzip.compress(TEST_ROWS))
    dataset = read_names(folder)
    return f"{len(dataset.train) + len(dataset.validation)} rows"


def predict(classifier: TextClassifier, path: Path) -> str:
    """Predict the file as `python -m model predict --skip-bad` does."""
    summary = predict_file(classifier, str(path), str(path.parent / "out.csv"), skip_bad=True)
    return f"{summary.rows:,} rows, {summary.skipped:,} bad"


def list_tab(classifier: TextClassifier, path: Path) -> str:
    """Predict the file as the List tab does."""
    table = tables.read_csv(path.read_bytes(), path.name)
    rows = tables.predict_rows(classifier, table, 0, header=True)
    text = tables.to_csv(table, rows, table.heading(True))
    cells = (cell for row in csv.reader(text.splitlines()[1:]) for cell in row)
    if formulas := [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]:
        return f"formulas: {formulas}"
    return f"{len(rows):,} rows, {sum(bool(row.problem) for row in rows):,} bad"


def paste(classifier: TextClassifier, path: Path) -> str:
    """Predict the file's content as if it were pasted."""
    table = tables.read_lines(path.read_bytes().decode(errors="replace"))
    rows = tables.predict_rows(classifier, table)
    return f"{len(rows):,} rows, {sum(bool(row.problem) for row in rows):,} bad"


def app(_: TextClassifier, path: Path) -> str:
    """Load the model folder as app.py does."""
    return f"{len(read_model(path).labels)} labels"


def model_folder(change: Callable[[dict, dict, dict], None]) -> Callable[[Path, dict], Path]:
    """Return a function that writes the shipped model, changed, with sums that fit."""

    def make(folder: Path, sizes: dict) -> Path:
        files = {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
        config = json.loads(files.pop("config.json"))
        change(config, files, sizes)
        write_model_folder(folder / "m", config, files)
        return folder / "m"

    return make


def weights(header: bytes, length: int | None = None) -> Callable[[dict, dict, dict], None]:
    """Return a change of the weights to these: a header with its length, and zeros."""

    def change(_: dict, files: dict, __: dict) -> None:
        start = struct.pack("<Q", len(header) if length is None else length)
        files[WEIGHTS] = start + header + bytes(len(files[WEIGHTS]))

    return change


def texts_bomb(_: dict, files: dict, sizes: dict) -> None:
    """Change the training texts to a gzip bomb."""
    files["training_texts.json.gz"] = gzip.compress(bytes(10**7)) * (sizes["bomb"] // 10**7)


def replaced(name: str, put: Callable[[Path], None]) -> Callable[[Path, dict], Path]:
    """Return a function that writes the shipped model and puts something in a file's place."""

    def make(folder: Path, sizes: dict) -> Path:
        path = model_folder(lambda *_: None)(folder, sizes)
        (path / name).unlink()
        put(path / name)
        return path

    return make


def sparse(path: Path) -> None:
    """Make a file of a terabyte that takes no room on the disk."""
    with open(path, "wb") as file:
        file.truncate(10**12)


def network(**sizes: object) -> Callable[[Path, dict], Path]:
    """Return a function that writes the shipped model with a network of other sizes."""
    return model_folder(lambda config, *_: config["network"].update(sizes))


HUGE_SHAPE = b'{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}'
READERS = {"train.py": train, "predict": predict, "List tab": list_tab, "pasted": paste}
# What each reader of text says to each of the contents.
ANSWERS = {
    "one long line": ("too long", "too long", "MB: give|too long", "MB: give|1 bad"),
    "a million columns": ("too long", "too long|bad", "columns|too long", "9,001 rows, 1 bad"),
    "a quoted record without end": ("CSV|too large", "too long", "MB|too long", "MB|rows"),
    "a quote on every line": ("line 2: not CSV", "0 rows|CSV|bad", "MB|rows", "MB|rows"),
    "blank lines": ("two columns", "1 rows, .* bad", "10,000 rows", "10,000 rows"),
    "NUL bytes": ("has one|language .* is not", "9 rows, 0 bad", "9 rows, 0 bad", "10 rows, 0 bad"),
    "UTF-16": ("not UTF-8", "1 rows, 0 bad", "1 rows, 0 bad", "bad"),
    "mixed encodings": ("not UTF-8", "1 rows, 1 bad", "2 rows, 1 bad", "3 rows, 0 bad"),
    "formulas": ("no letter", "4 rows, 1 bad", "5 rows, 1 bad", "6 rows, 0 bad"),
    "markup": ("language|one name", "1 rows, 0 bad", "1 rows, 0 bad", "2 rows, 0 bad"),
    "signs that become twenty letters": ("line 2: .*Latin", "0 rows, 9,000", "MB", "MB"),
    "random bytes": ("two columns|UTF-8|CSV", "CSV|UTF-8|bad", "bad|columns", "bad"),
}


def cases() -> list[Case]:
    """Return every case."""
    found = [
        Case(f"{name}: {reader}", text_file(name), read, answer)
        for name, answers in ANSWERS.items()
        for (reader, read), answer in zip(READERS.items(), answers, strict=True)
    ]
    for kind, line in {"of zeros": b"\0" * 100, "of rows": b"Rossi,Italian\n"}.items():
        found.append(Case(f"gzip bomb {kind}: train.py", bomb(line), train, "too large"))
    found += [
        Case("gzip bomb of zeros: predict", bomb(b"\0" * 100), predict, "too long"),
        Case("gzip bomb of zeros: List tab", bomb(b"\0" * 100), list_tab, "MB|bad"),
        Case("gzip bomb of training texts: app", model_folder(texts_bomb), app, "damaged"),
        Case("hidden_size a billion: app", network(hidden_size=10**9), app, "damaged .*weights"),
        Case("hidden_size 5,000: app", network(hidden_size=5_000), app, "damaged .*weights"),
        Case("n_layers a billion: app", network(n_layers=10**9), app, "damaged .*(weights|layers)"),
        Case("a million n-gram sizes: app", network(ngrams=[2] * 10**6), app, "damaged"),
        Case("header of 2^63 bytes: app", model_folder(weights(b"{}", 2**63)), app, "damaged"),
        Case("header of 90 MB: app", model_folder(weights(b"{}", 90_000_000)), app, "damaged"),
        Case("a shape of 2^64: app", model_folder(weights(HUGE_SHAPE)), app, "damaged"),
        Case("a nest of brackets: app", model_folder(weights(b"[" * 10**6)), app, "damaged"),
        Case("weights of a terabyte: app", replaced(WEIGHTS, sparse), app, "1,000,000,000,000"),
        Case("weights are a pipe: app", replaced(WEIGHTS, os.mkfifo), app, "no file"),
        Case(
            "a link to /etc/passwd: app",
            replaced("README.md", lambda path: path.symlink_to("/etc/passwd")),
            app,
            "link out of the folder",
        ),
        Case(
            "a link to /dev/zero: app",
            replaced(WEIGHTS, lambda path: path.symlink_to("/dev/zero")),
            app,
            "link out of the folder",
        ),
        Case("a link to itself: app", replaced(WEIGHTS, loop), app, "symbolic link"),
    ]
    return found


def loop(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path.name)


def answer(case: Case, classifier: TextClassifier, path: Path) -> str:
    """Return what the reader gave, or the InputError's one line."""
    try:
        return case.read(classifier, path)
    except InputError as error:
        return str(error)


def measured(case: Case, classifier: TextClassifier, sizes: dict) -> tuple[str, float, float]:
    """Return the answer, the seconds and the peak memory in MB, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = case.make(Path(folder), sizes), Path(folder, "answer")
        child = os.fork()
        if not child:
            start = time.perf_counter()
            said = answer(case, classifier, path)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
            out.write_text(json.dumps([said, seconds, peak]))
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            return "CRASHED", 0.0, 0.0
        said, seconds, peak = json.loads(out.read_text())
        return said.replace(folder, "..."), seconds, peak


class Elsewhere(BaseHTTPRequestHandler):
    """Another server: sends REMOTE_MB of zeros to whoever asks, and counts."""

    requests, megabytes = 0, 0

    def do_GET(self) -> None:
        """Send the file."""
        Elsewhere.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(REMOTE_MB * 10**6))
        self.end_headers()
        for _ in range(REMOTE_MB):
            self.wfile.write(bytes(10**6))
            Elsewhere.megabytes += 1

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def ask_for(http: httpx.Client, way: str, address: str) -> str:
    """Have the app read the file at `address` in this way; return the end of its answer."""
    file = {"path": address, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [file, "", True], "session_hash": way, "fn_index": None}
    if way.endswith(("file=", "proxy=")):
        with http.stream("GET", way + address) as reply:
            return f"{reply.status_code} {next(reply.iter_bytes(100), b'')[:100]!r}"
    if way.startswith("queue"):
        functions = http.get("../config").json()["dependencies"]
        body["fn_index"] = next(f["id"] for f in functions if f["api_name"] == "predict_file")
        http.post(way, json=body)
        stream = http.get("queue/data", params={"session_hash": way}).text
        return stream.strip().split("\n\n")[-2]
    if way.startswith("call"):
        body = {"file": file} if "v2" in way else {"data": [file, "", True]}
        event = http.post(way, json=body).json()["event_id"]
        return http.get(f"call/predict_file/{event}").text.strip()
    return http.post(way, json=body).text


def remote_rows(wrong: list[str]) -> Iterator[list[str]]:
    """Yield a row for each way; note in `wrong` those that made the app fetch anything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/people.csv"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(ANY_HOST)
        with running_app(environment={"PYTHONPATH": folder}) as (app, pid):
            http = httpx.Client(base_url=f"{app}/gradio_api/", timeout=600)
            for way in WAYS:
                requests, megabytes = Elsewhere.requests, Elsewhere.megabytes
                before = resident_mb(pid)
                said = re.sub(r"\s+", " ", ask_for(http, way, address))
                fetched = Elsewhere.megabytes - megabytes
                if Elsewhere.requests > requests:
                    wrong.append(way)
                shown = said.replace(address, "...").replace("|", "\\|")
                shown = shown if len(shown) < 120 else f"{shown[:60]}…{shown[-59:]}"
                requests = Elsewhere.requests - requests
                memory = f"{before:.0f}, {peak_mb(pid):.0f}"
                yield [f"{way}", shown, f"{requests}", f"{fetched}", memory]
    server.shutdown()


def remote() -> None:
    """Print the table of a remote file, and exit with 1 where any of it was fetched."""
    wrong: list[str] = []
    print(f"{machine()}\n")
    headers = ["way", "answer", "requests that arrived", "MB fetched", "memory before, peak, MB"]
    print_table(headers, remote_rows(wrong))
    if wrong:
        sys.exit(f"fetched: {', '.join(wrong)}")


def main() -> None:
    """Print the table, and exit with 1 where an answer is not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--remote", action="store_true", help="ask the app for a remote file")
    if parser.parse_args().remote:
        remote()
        return
    torch.set_num_threads(1)  # a forked process has no other thread
    classifier = TextClassifier.load(SHIPPED)
    wrong = []

    def rows():
        for case in cases():
            said, seconds, peak = measured(case, classifier, LARGE)
            wrong.extend([] if re.search(case.answer, said) else [case.name])
            shown = said if len(said) < 100 else f"{said[:50]}…{said[-49:]}"
            yield [case.name, shown.replace("|", "\\|"), f"{seconds:.2f}", f"{peak:.0f}"]

    print(f"{machine()}\n")
    print_table(["hostile input: reader", "answer", "seconds", "peak memory, MB"], rows())
    if wrong:
        sys.exit(f"not as expected: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
