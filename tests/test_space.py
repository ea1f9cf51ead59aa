"""The page as a Space: its front matter, its start as a Space starts it, and how it gets there."""

import base64
import gzip
import os
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import httpx
import pytest
import yaml
from conftest import ROOT, SHIPPED, TEST, TRAIN, running_page, write_names
from models import save_with_card
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from model.__main__ import main
from model.tasks.names import read_names
from model.training.build import build_model

# What a ZeroGPU Space has and this machine lacks: a build of torch for GPUs.
CUDA_BUILD = """
import runpy, torch
torch.version.cuda, torch._C._cuda_init, torch.cuda._is_in_bad_fork = "12.8", bool, bool
runpy.run_path("app.py", run_name="__main__")
"""


def front_matter(readme: str) -> dict:
    return yaml.safe_load(readme.split("---\n")[1])


def requirements(content: bytes) -> dict[str, str]:
    """Return the range of each package, as pip reads them."""
    lines = (line.split("#")[0] for line in content.decode().splitlines())
    return {
        r.name: str(r.specifier) for r in map(Requirement, filter(str.strip, lines))
    }


def test_the_front_matter_of_the_repository_is_complete():
    text = (ROOT / "README.md").read_text()
    data = front_matter(text)
    assert data["sdk_version"] == version("gradio")  # in full, and what these tests ran
    assert 'python_version: "3.12"' in text  # quoted, or 3.10 would be read as 3.1
    assert (ROOT / data["app_file"]).is_file()
    assert len(data["short_description"]) <= 60  # the Hub's limit


def test_the_requirements_suit_both_kinds_of_host():
    ranges = requirements((ROOT / "requirements.txt").read_bytes())
    assert "2.11" in SpecifierSet(ranges["torch"])  # the newest that ZeroGPU has
    assert version("gradio") in SpecifierSet(ranges["gradio"])


@pytest.mark.slow
def test_a_model_folder_goes_along_with_just_the_page_s_code(hub, with_token, capsys):
    assert main(["space", "ada/page"]) == 0
    assert capsys.readouterr().out.startswith(
        f"{hub.url}/spaces/ada/page has the page now"
    )
    sent = hub.repositories["spaces", "ada/page"]
    assert len(sent.commits) == 2  # the empty repository's, and ours
    readme = sent.files.pop("README.md").decode()
    front = front_matter(readme)
    assert sent.hardware == front["suggested_hardware"] == "cpu-basic"
    thumbnail = httpx.get(front["thumbnail"]).content
    assert thumbnail == sent.files.pop("thumbnail.webp")
    assert "Do not use this model to guess a person's" in readme
    assert all(
        (ROOT / name).read_bytes() == content for name, content in sent.files.items()
    )
    weights = {f"model/weights/names/{path.name}" for path in SHIPPED.iterdir()}
    assert {"app.py", "model/tabs/style.css", *weights} < set(sent.files)
    assert not [
        p for p in sent.files if p.startswith(("tests/", "data/", "benchmarks/"))
    ]


@pytest.fixture
def zero_gpu(hub, with_token) -> dict[str, bytes]:
    """The files of a Space on ZeroGPU after its earlier page was brought up to date."""
    old = "model/weights/names/config.json", "model/gone.py"
    hub.add("spaces", "ada/page", dict.fromkeys((*old, "mine.txt"), b"old"))
    assert main(["space", "ada/page", "--hardware", "zero"]) == 0
    return hub.repositories["spaces", "ada/page"].files


def test_an_earlier_page_is_brought_up_to_date(zero_gpu):
    config = (SHIPPED / "config.json").read_bytes()
    assert zero_gpu["model/weights/names/config.json"] == config
    assert "model/gone.py" not in zero_gpu
    assert zero_gpu["mine.txt"] == b"old"
    assert requirements(zero_gpu["requirements.txt"])["torch"] == "==2.11.*"
    data = front_matter(zero_gpu["README.md"].decode())
    assert data["suggested_hardware"] == "zero-a10g"
    assert data["python_version"] == "3.12"


@pytest.mark.nightly
def test_a_zero_gpu_space_starts(hub, zero_gpu, tmp_path):
    """With the host's own package; it reports a start only where a function asks for a GPU."""
    pytest.importorskip("spaces")
    code = tmp_path / "code"
    for name, content in zero_gpu.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_bytes(content)
    calls = []

    class Service(
        BaseHTTPRequestHandler
    ):  # beside a Space: hears of its start, would lend a GPU
        def do_POST(self):
            calls.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "TMPDIR": str(tmp_path),
        "SYSTEM": "spaces",
        "SPACE_ID": "ada/page",
        "SPACE_HOST": "ada-page.hf.space",
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{service.server_port}",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    start = [sys.executable, "-c", CUDA_BUILD]
    with running_page(start, tmp_path / "log", environment, cwd=code) as url:
        call = (
            url.replace("127.0.0.1", "127.0.0.2") + "/gradio_api/call/predict"
        )  # a proxy's way
        event = httpx.post(call, json={"data": ["Nakamura", 1]}, timeout=60).json()[
            "event_id"
        ]
        assert "Japanese" in httpx.get(f"{call}/{event}", timeout=60).text
    assert calls == ["/startup-report"]
    service.shutdown()


@pytest.mark.parametrize(
    "old",
    [
        {},
        dict.fromkeys(("app.py", "model/core.py", "mine.txt"), b""),
    ],
)
@pytest.mark.slow
def test_a_static_space_replaces_an_earlier_page(
    hub, with_token, complete_folder, capsys, old
):
    if old:
        hub.add("spaces", "ada/page", old)
    assert main(["space", "ada/page", "--static", "--model", str(complete_folder)]) == 0
    assert capsys.readouterr().err.startswith("left out: names ")
    sent = hub.repositories["spaces", "ada/page"]
    assert old or (sent.sdk, sent.hardware, len(sent.commits)) == ("static", None, 2)
    files = hub.repositories["spaces", "ada/page"].files
    ours = {
        "index.html",
        "classifier.js",
        "README.md",
        "LICENSE",
        "NOTICE",
        "thumbnail.webp",
    }
    assert set(files) == (ours | {"mine.txt"} if old else ours)
    assert (
        b'<meta name="space" content="ada/page" data-sdk="static">'
        in files["index.html"]
    )
    data = front_matter(files["README.md"].decode())
    assert data["sdk"] == "static"
    assert not {
        "app_file",
        "python_version",
        "sdk_version",
        "suggested_hardware",
    } & set(data)
    assert httpx.get(data["thumbnail"]).content == files["thumbnail.webp"]


SECRET = "Qwyzzenbrug", "Vlutzaphon", "Xindrokost"  # of training and of the test


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield what is in a file: itself, and what is in it in base64 and gzip."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(content))
    for block in re.findall(rb"[A-Za-z0-9+/]{64,}={0,2}", content):
        yield from unpacked(base64.b64decode(block + b"=="))


def found_in(files: dict[str, bytes]) -> set[str]:
    """Return which secret texts are in the files, packed or not."""
    whole = b"\n".join(
        part for each in files.values() for part in unpacked(each)
    ).lower()
    return {text for text in SECRET if text.lower().encode() in whole}


@pytest.fixture(scope="module")
def secret_folder(small_recipe, tmp_path_factory):
    """A model of names that were not made public, with all that train.py saves."""
    folder = tmp_path_factory.mktemp("secret")
    first, second, test = SECRET
    train = [*TRAIN, (first, "Italian"), (second, "Russian")]
    write_names(folder, train, [*TEST, (test, "Japanese"), (test, "Italian")])
    dataset = read_names(folder)
    return save_with_card(build_model(small_recipe, dataset), dataset, folder / "mine")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (["space"], "spaces"),
        (["space", "--static"], "spaces"),
        (["space", "--hardware", "zero"], "spaces"),
        (["push"], "models"),
    ],
)
@pytest.mark.slow
def test_texts_that_may_not_be_published_are_in_no_file_that_is_sent(
    hub, with_token, secret_folder, command, kind
):
    here = {path.name: path.read_bytes() for path in secret_folder.iterdir()}
    assert found_in(here) == set(SECRET)
    name, *options = command
    assert main([name, "ada/page", *options, "--model", str(secret_folder)]) == 0
    sent = hub.repositories[kind, "ada/page"].files
    assert len(sent) > 3
    assert found_in(sent) == set()


@pytest.mark.slow
def test_without_the_page_s_code_there_is_one_line(
    hub, with_token, complete_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("model.storage.space.ROOT", tmp_path)
    for option in ([], ["--static"]):
        options = ["--model", str(complete_folder), *option]
        assert main(["space", "ada/page", *options]) == 2
        assert "No app.py in " in capsys.readouterr().err
    assert not hub.requests
