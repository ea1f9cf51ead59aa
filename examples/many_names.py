"""Answer more names than one machine can, with Ray Data, on this machine or a cluster.

    pip install ".[ray]"                                                        # in a clone
    python -m examples.many_names people answers --column surname --workers 2
    RAY_ADDRESS=auto python -m examples.many_names s3://a/people s3://a/answers --column surname

Each Parquet or CSV file of the first folder becomes a Parquet file of the second, with all its rows
and columns, and behind them what `python -m model predict` appends. Workers take files in turn, so
split a large one: `ray.data.read_csv("people.csv").write_parquet("people")`. Killed and run again,
it goes on with the files that lack an output: each is put in place when it is complete.
"""

import argparse
from collections.abc import Iterator
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from model import TextClassifier
from model.answering import problem_with
from model.answers.reply import Answer, cells_of
from model.data.hints import missing_problem
from model.predict.outputs import headings

TOP_K = 3  # labels behind a row
AT_ONCE = 20_000  # rows that a worker holds


class Worker:
    """Loads the classifier once, and answers file after file."""

    def __init__(self, model: str, column: str, names: str, output: str):
        self.classifier = TextClassifier.load(model)
        self.column = column
        self.names, _ = url_to_fs(names)
        self.outputs, _ = url_to_fs(output)

    def __call__(self, task: dict[str, str]) -> dict[str, str]:
        """Write the answers to a file of names."""
        path, output = task["names"], task["output"]
        ending = PurePosixPath(path).suffix
        names = ds.dataset(path, filesystem=self.names, format=ending[1:])
        tables = map(self.answered, names.to_batches(batch_size=AT_ONCE))
        first = self.answered(names.head(0))  # has the columns
        unfinished = f"{output}.part"
        with (
            self.outputs.open(unfinished, "wb") as file,
            pq.ParquetWriter(file, first.schema) as writer,
        ):
            for table in tables:
                writer.write_table(table)
        self.outputs.mv(unfinished, output)
        return {"output": output}

    def answered(self, rows: pa.RecordBatch | pa.Table) -> pa.Table:
        """Return rows with their answers; for a text that cannot be read the note says why."""
        model = self.classifier.model
        texts = rows[self.column].cast(pa.string()).fill_null("").to_pylist()
        missing = model.hints.missing
        problems = {
            text: missing_problem(text, missing) or problem_with(model, text) or ""
            for text in texts
        }
        readable = [text for text, problem in problems.items() if not problem]
        answers = {text: Answer(text) for text in texts}
        for answer in self.classifier.answers(readable, TOP_K):
            answers[answer.text] = answer
        cells = [cells_of(answers[text], TOP_K, problems[text]) for text in texts]
        table = pa.table(rows)
        for name in headings(model, TOP_K):
            is_number = "probability" in name and name != "probability_of"
            kind = pa.float64() if is_number else pa.string()
            values = [row[name] if row[name] != "" else None for row in cells]
            table = table.append_column(name, pa.array(values, kind))
        return table


def unanswered(names: str, output: str) -> list[dict[str, str]]:
    """Return the files of names without an output, as `Worker` takes them."""
    source, folder = url_to_fs(names)
    target, to = url_to_fs(output)
    target.makedirs(to, exist_ok=True)
    tasks = []
    files = source.glob(f"{folder}/*.csv") + source.glob(f"{folder}/*.parquet")
    for path in files:
        place = f"{to}/{PurePosixPath(path).stem}.parquet"
        if not target.exists(place):
            tasks.append({"names": path, "output": place})
    return tasks


def answered_by(
    workers: int,
    tasks: list[dict[str, str]],
    arguments: tuple[str, ...],
    kind: type[Worker] = Worker,
) -> Iterator[dict]:
    """Yield what each call of the workers returns, which are made with `arguments`."""
    import ray.data  # here because --help needs none of it

    one_thread = {"env_vars": {"OMP_NUM_THREADS": "1"}}
    ray.init(runtime_env=one_thread, ignore_reinit_error=True)
    answered = ray.data.from_items(tasks).map(
        kind,
        fn_constructor_args=arguments,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    yield from answered.iter_rows()


def main() -> None:
    """Answer the files that have no output yet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("names", help="folder of Parquet or CSV files, anywhere that fsspec reads")
    add("output", help="folder for the answers")
    add("--column", default="name", help="heading of the names (default: name)")
    add("--model", default="names", help="as of python -m model predict")
    add("--workers", type=int, default=2, help="classifiers at once (default: 2)")
    options = parser.parse_args()
    tasks = unanswered(options.names, options.output)
    arguments = options.model, options.column, options.names, options.output
    for file in answered_by(options.workers, tasks, arguments):
        print(file["output"])


if __name__ == "__main__":
    main()
