"""Repositories of the Hugging Face Hub: fetched into its cache, and written in one commit.

Only huggingface_hub talks to the Hub. It is imported when it is first needed because the import
takes half a second. Every error becomes one line. Independent of the model.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from ..atomic import complete_folder
from ..errors import InputError, reason
from .folder import MAX_BYTES, WEIGHTS

Kind = Literal["model", "space"]

SHIPPED = Path(__file__).parent.parent / "weights"

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(@[\w./-]+)?", re.ASCII)
# What each error class of the client or status of the Hub means, the more special ones first
EXPLAINED: dict[str | int, str] = {
    "LocalTokenNotFoundError": "there is no token: run `hf auth login`, or set HF_TOKEN.",
    "RevisionNotFoundError": "it has no such revision: leave it out for the newest.",
    "GatedRepoError": "it is gated: ask for access on its page, then run `hf auth login`.",
    "RepositoryNotFoundError": "no such repository on the Hub, or it is private: run "
    "`hf auth login` for that.",
    503: "the Hub is out of order: try again later.",
    401: "the Hub does not recognise the token: run `hf auth login` or set a new HF_TOKEN.",
    402: "the Hub asks for a paid plan: free accounts get static Spaces or ZeroGPU.",
    403: "the token may not write there: it needs write access, and the name must be yours.",
    "LocalEntryNotFoundError": "it is not a folder here, it is incomplete in the Hub's cache, and "
    "the Hub cannot be reached: name a folder, or go online once.",
    "HfHubHTTPError": "the Hub refuses: {}",
    "HTTPError": "the Hub cannot be reached ({}): check the network and try again.",
    "OSError": "{}: check the network and the disk of the Hub's cache, and try again.",
}


def check_writable_id(repo_id: str) -> None:
    """Raise InputError unless `repo_id` is a plain USER/NAME that a repository can have."""
    if not HUB_ID.fullmatch(repo_id) or re.search(r"@|--|\.\.", repo_id):
        raise InputError(
            f"{repo_id!r} is not a name on the Hub: give it as USER/NAME, without -- or two dots."
        )


def model_folder(model: str | Path, token: str | None = None) -> Path:
    """Return the folder `model`, that of the shipped model of this name, or that of USER/NAME.

    The last is in the Hub's cache, fetched if need be. It may end in @REVISION: a branch, a tag or
    a commit. What is in the cache already is not fetched again, and serves alone where the Hub
    cannot be reached. Raises InputError.
    """
    for folder in Path(model), SHIPPED / model:
        if os.path.exists(complete_folder(folder)):
            return folder
    if not (isinstance(model, str) and HUB_ID.fullmatch(model)):
        return Path(model)
    from huggingface_hub import HfApi

    name, _, revision = model.partition("@")
    with _explained(f"model {model}"):
        snapshot = HfApi(token=token).snapshot_download(
            name,
            revision=revision or None,
            # No other file is ever fetched, so a pickle in the repository stays there.
            allow_patterns=list(MAX_BYTES),
        )
    folder = Path(snapshot)
    if not (folder / WEIGHTS).exists():
        raise InputError(f"{model} has no {WEIGHTS}; pickled weights are not loaded.")
    return folder


def upload(
    repo_type: Kind,
    repo_id: str,
    files: Mapping[str, bytes],
    message: str,
    *,
    private: bool | None = None,
    token: str | None = None,
    managed: Collection[str],
    **space: Any,
) -> str:
    """Write `files` (path -> content) to `repo_id` in one commit and return its address.

    Creates the repository if there is none, and a Space with the options `space` of create_repo;
    one that is there gets the sdk of its README. Files there that match `managed` and are not among
    `files` are removed in the same commit; all others stay. Raises InputError, and then nothing of
    `files` is there.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    check_writable_id(repo_id)
    # True: there has to be a token of `hf auth login` or HF_TOKEN.
    api = HfApi(token=token or True)
    with _explained(f"{repo_type} {repo_id}"):
        url = api.create_repo(
            repo_id, repo_type=repo_type, exist_ok=True, private=private, **space
        )
        changes: list = [
            CommitOperationAdd(path, content) for path, content in files.items()
        ]
        for path in api.list_repo_files(repo_id, repo_type=repo_type):
            is_managed = any(fnmatch(path, pattern) for pattern in managed)
            if is_managed and path not in files:
                changes.append(CommitOperationDelete(path))
        # Not upload_folder: with hf_xet installed it may split a folder into several commits.
        api.create_commit(repo_id, changes, commit_message=message, repo_type=repo_type)
        return str(url)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Raise errors of the client as an InputError that says in one line what they mean."""
    from huggingface_hub import errors

    try:
        yield
    # The transport's errors are httpx's or httpx2's, by the client's version.
    except (OSError, vars(errors)["HTTPError"], ValueError, RuntimeError) as error:
        names: set[str | int] = {_status(error)}
        for base in type(error).__mro__:
            names.add(base.__name__)
        meanings = [text for name, text in EXPLAINED.items() if name in names]
        meaning = meanings[0] if meanings else "{}"
        raise InputError(
            f"{what}: {meaning.format(reason(error))}", word="static Spaces or ZeroGPU"
        ) from None


def _status(error: Exception) -> int:
    """Return the status of the Hub's answer, 0 if it gave none, 503 if it is out of order."""
    for source in (error, error.__cause__):
        response = getattr(source, "response", None)
        if response is not None:
            status = int(response.status_code)
            is_out_of_order = status >= 500 or status == 429
            return 503 if is_out_of_order else status
    return 0
