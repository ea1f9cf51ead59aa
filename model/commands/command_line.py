"""What the commands of `python -m model` do, with the options that commands/parser.py reads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from tqdm import tqdm

from ..answering import Work
from ..atomic import try_writing, write_files
from ..classifier import TextClassifier
from ..data.layout import Asked
from ..errors import InputError
from ..predict.files import is_lone, predict_file, score_table
from ..predict.outputs import Output
from ..storage import hub
from ..storage.card import card_files, source_of
from ..storage.config import model_from
from ..storage.folder import MAX_BYTES, read_model_folder
from ..storage.space import HARDWARE, MANAGED, space_files, static_files

T = TypeVar("T", Output, Asked)


def predict(
    model: str,
    table: str,
    text: list[str] | None,
    **options: Any,
) -> None:
    """Copy a table, or texts, with predictions behind each row."""
    # One chunk to a core is faster than one operation to all cores, and much faster where other
    # programs keep a core busy: torch's threads wait for one another at each step of the GRU.
    workers = torch.get_num_threads()
    torch.set_num_threads(1)
    classifier = TextClassifier.load(model)
    output, asked = _value_of(Output, options), _value_of(Asked, options)
    bar = tqdm(unit=" texts", disable=None, leave=False)
    with bar, ThreadPoolExecutor(workers) as pool:

        def report(done: int, of_all: int, doing: str) -> None:
            bar.total, bar.n = of_all, done
            bar.set_description(doing)

        options["work"] = Work(in_turn=pool.map, on_progress=report)
        n, source, not_read = predict_file(
            classifier, text or table, output, asked, **options
        )
    summary = ""
    if not is_lone(source):
        counted = "1 row" if n == 1 else f"{n:,} rows"
        phrases = [f"{counted} predicted", source.summary, source.remark]
        summary = "; ".join(filter(None, phrases))
    _print_notes(summary, not_read)


def _value_of(kind: type[T], options: dict[str, Any]) -> T:
    """Return what these options say together, and take it out of them."""
    names = [name for name in kind._fields if name in options]
    return kind(**{name: options.pop(name) for name in names})


def evaluate(model: str, table: str, save: bool, **options: Any) -> None:
    """Print how a model does on a table of texts and labels: any that predict reads.

    `save` writes the scores to its folder, for page and card.
    """
    classifier = TextClassifier.load(model)
    asked = _value_of(Asked, options)
    scores, not_read = score_table(classifier, table, asked, keep=save, **options)
    print(scores)
    if save:
        classifier.save(model)
        print(f"saved to {model}")
    _print_notes(not_read)


def card(model: Path) -> None:
    """Rewrite README.md and confusion.png of a model folder."""
    model = hub.model_folder(model)
    files = read_model_folder(model)
    write_files(model, card_files(model_from(files, model), files, source_of(model)))
    _print_notes(f"the card of {model} is rewritten")


def remake(model: Path) -> None:
    """Make all of a model folder again that its data decide; weights and scores stay."""
    # Here because scikit-learn takes a second
    from ..training.look_up import hold_texts

    model = hub.model_folder(model)
    classifier = TextClassifier.load(model)
    remade = classifier.model
    if not remade.look_up.bearers:
        raise InputError(f"{model} has no look-up: there is nothing to make again.")
    dataset = remade.task.read_data(remade.training["data"] or remade.task.data)
    hold_texts(remade, dataset)
    files = remade.metrics["dataset"]
    changed = [
        name
        for name, file in dataset.files.items()
        if files.get(name) != file and "part" not in file
    ]
    files |= dataset.files
    classifier.save(model)
    _print_notes(f"the look-up and the card of {model} are remade")
    if changed:
        _print_notes(f"warning: it was trained on other {', '.join(changed)}")


def export(model: Path, output: Path, precision: Literal["int8", "fp16"]) -> None:
    """Write the web page as one file that needs no server."""
    from ..tabs.alone import web_files  # here because gradio takes seconds
    from ..tabs.page_model import read_model

    try_writing(output, [output, *output.absolute().parents])
    shown = read_model(model)
    files, left_out = web_files(shown, precision)
    write_files(output, files)
    sizes = [f"{name} {len(content):,} bytes" for name, content in files.items()]
    print(f"{output}: {', '.join(sizes)}")
    _print_notes(left_out)


def push(
    model: Path,
    repository: str,
    dataset: str | None,
    **options: Any,
) -> None:
    """Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."""
    classifier = TextClassifier.load(model)
    files, left_out = classifier.files_for_hub(repository, dataset)
    done = f"has the model now; load it with TextClassifier.load({repository!r})"
    options |= {"message": "Upload the model", "managed": MAX_BYTES}
    _send("model", repository, files, done, **options)
    _print_notes(left_out)


def space(
    model: Path, repository: str, static: bool, hardware: str, **options: Any
) -> None:
    """Put the web page on the Hub as a Space, or bring it up to date, in one commit."""
    options |= {"message": "Upload the page", "managed": MANAGED}
    done = "has the page now"
    if static:
        if hardware:
            raise InputError("--static needs no server: leave --hardware out.")
        from ..tabs.alone import web_files  # here because gradio takes seconds
        from ..tabs.page_model import read_model

        shown = read_model(model)
        page, left_out = web_files(shown, space=repository)
        files = static_files(shown.classifier.model, repository) | page
        options["space_sdk"] = "static"
    else:
        hardware = hardware or "cpu"
        files, left_out = space_files(hub.model_folder(model), repository, hardware)
        options |= {"space_sdk": "gradio", "space_hardware": HARDWARE[hardware]}
        done += "; the Hub builds it in a few minutes"
    _send("space", repository, files, done, **options)
    _print_notes(left_out)


def _send(
    repo_type: hub.Kind,
    repository: str,
    files: dict,
    done: str,
    dry_run: bool,
    **options: Any,
) -> None:
    """Upload `files`, or list them for a `dry_run`."""
    if dry_run:
        for path in sorted(files):
            print(f"{len(files[path]):>11,} bytes  {path}")
        print(f"{sum(map(len, files.values())):>11,} bytes in {len(files)} files")
        hub.check_writable_id(repository)
    else:
        address = hub.upload(repo_type, repository, files, **options)
        print(f"{address} {done}")


def _print_notes(*notes: str) -> None:
    for note in filter(None, notes):
        print(note, file=sys.stderr)
