"""The page as a Space: its front matter, its start as a Space starts it, and how it gets there."""

import ast
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from conftest import ROOT, SHIPPED, running_page
from gradio_client import Client
from hub_server import TOKEN
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from model.__main__ import main
from model.storage.space import space_files

NOBODY = 65534
# What a ZeroGPU Space has and this machine lacks: a build of torch for GPUs.
CUDA_BUILD = """
import runpy, torch
torch.version.cuda, torch._C._cuda_init, torch.cuda._is_in_bad_fork = "12.8", bool, bool
runpy.run_path("app.py", run_name="__main__")
"""


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git clone")
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def python_of_another_user() -> list[str]:
    """Return the command of a Python whose user may write no file of ours.

    With the right to read all files it reaches packages that are in somebody's private home.
    """
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root may start it as another user, with setpriv of util-linux")
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    for rights in (["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"], []):
        command = [*user, *rights, sys.executable]
        look = "import os, sysconfig; os.listdir(sysconfig.get_path('purelib'))"
        if not subprocess.run([*command, "-c", look], cwd="/", capture_output=True).returncode:
            return command
    return pytest.skip("the packages are in a private home, and here no user may be let in")


@contextmanager
def started(code: Path, *command: str, python: Sequence[str] = (sys.executable,), **more: str):
    """Start the page of `code` with a bare environment; yield its address."""
    with tempfile.TemporaryDirectory(prefix="space-") as folder:
        scratch = Path(folder, "scratch")
        scratch.mkdir()
        os.chmod(folder, 0o755)
        scratch.chmod(0o777)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "TMPDIR": str(scratch),
            "OMP_NUM_THREADS": "1",
            **more,
        }
        start = [*python, *(command or ("app.py",))]
        with running_page(start, Path(folder, "log"), environment, cwd=code) as address:
            yield address


def ask(url: str) -> str:
    """Ask the page for a name's language, as a visitor's program does."""
    client = Client(url, verbose=False)
    answer = client.predict("Nakamura", 1, api_name="/predict")
    client.close()
    return answer["predictions"][0]["label"]


def front_matter(readme: str) -> dict:
    return yaml.safe_load(readme.split("---\n")[1])


def test_the_front_matter_is_complete():
    text = (ROOT / "README.md").read_text()
    data = front_matter(text)
    assert data["sdk"] == "gradio"
    assert data["sdk_version"] == version("gradio")  # in full, and what these tests ran
    assert 'python_version: "3.12"' in text  # quoted, or 3.10 would be read as 3.1
    assert (ROOT / data["app_file"]).is_file()
    assert (data["license"], data["pinned"]) == ("mit", False)
    assert len(data["short_description"]) <= 60  # the Hub's limit
    assert all(isinstance(data[key], list) for key in ("models", "datasets", "tags"))
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {data["colorFrom"], data["colorTo"]} <= colours


def test_the_requirements_suit_both_kinds_of_host():
    ranges = requirements((ROOT / "requirements.txt").read_bytes())
    assert "2.11" in SpecifierSet(ranges["torch"])  # the newest that ZeroGPU has
    assert version("gradio") in SpecifierSet(ranges["gradio"])


@pytest.mark.nightly
def test_it_starts_as_another_user_on_files_that_nobody_may_write():
    with tempfile.TemporaryDirectory(prefix="clone-") as clone:
        for path in tracked_files():
            (Path(clone) / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, Path(clone) / path)
        subprocess.run(["chmod", "-R", "a+rX,a-w", clone], check=True)
        space = {"SYSTEM": "spaces", "SPACE_ID": "ada/page", "SPACE_HOST": "ada-page.hf.space"}
        with started(Path(clone), python=python_of_another_user(), **space) as url:
            assert ask(url) == "Japanese"
            with socket.socket() as probe:  # a Space's proxy comes from outside
                assert probe.connect_ex(("127.0.0.2", int(url.split(":")[-1]))) == 0


class ZeroGpu(BaseHTTPRequestHandler):
    """The service beside a ZeroGPU Space: hears of its start, would lend it a GPU."""

    calls: ClassVar[list[str]] = []

    def do_POST(self):
        self.calls.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def with_token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def test_a_model_folder_goes_along_with_just_the_page_s_code(hub, with_token, capsys):
    assert main(["space", "ada/page"]) == 0
    assert capsys.readouterr().out.startswith(f"{hub.url}/spaces/ada/page has the page now")
    sent = hub.repositories["spaces", "ada/page"]
    assert len(sent.commits) == 2  # the empty repository's, and ours
    readme = sent.files.pop("README.md").decode()
    data = front_matter(readme)
    assert data["sdk_version"] == version("gradio")
    assert (sent.hardware, data["suggested_hardware"]) == ("cpu-basic", "cpu-basic")
    assert "Do not use this model to guess a person's" in readme
    del sent.files[".gitattributes"]
    assert all((ROOT / name).read_bytes() == content for name, content in sent.files.items())
    page = {"model/tabs/name.py", "model/tabs/style.css", "model/tabs/reading.js"}
    assert {"app.py", "requirements.txt", *page} < set(sent.files)
    assert {f"model/weights/names/{path.name}" for path in SHIPPED.iterdir()} < set(sent.files)
    assert not [p for p in sent.files if p.startswith(("tests/", "data/", "benchmarks/"))]


def zero_gpu_files(hub) -> dict[str, bytes]:
    """Put a page on ZeroGPU, where an earlier one is, and return the Space's files."""
    old = ("model/weights/names/config.json", "model/gone.py", "tabs/name.py", "docs/social.png")
    hub.add("spaces", "ada/page", dict.fromkeys((*old, "mine.txt"), b"old"))
    hub.add("models", "ada/mine", {p.name: p.read_bytes() for p in SHIPPED.iterdir()})
    assert main(["space", "ada/page", "--model-id", "ada/mine", "--hardware", "zero"]) == 0
    return hub.repositories["spaces", "ada/page"].files


def test_an_earlier_page_is_brought_up_to_date_and_what_its_owner_added_stays(hub, with_token):
    sent = zero_gpu_files(hub)
    assert [p for p in sent if p.startswith("model/weights")] == ["model/weights/hub.txt"]
    assert not [p for p in sent if p.startswith(("tabs/", "docs/")) or p == "model/gone.py"]
    assert "mine.txt" in sent
    data = front_matter(sent["README.md"].decode())
    assert (data["suggested_hardware"], data["python_version"]) == ("zero-a10g", "3.12")
    assert data["models"] == data["preload_from_hub"] == ["ada/mine"]


@pytest.mark.nightly
def test_a_zero_gpu_space_fetches_its_model_and_reads_names_on_the_cpu(hub, with_token, tmp_path):
    """With the host's own package; it reports a start only where a function asks for a GPU."""
    pytest.importorskip("spaces")
    for name, content in zero_gpu_files(hub).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    service = ThreadingHTTPServer(("127.0.0.1", 0), ZeroGpu)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    host = {
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{service.server_port}",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "cache"),
    }
    with started(tmp_path, "-c", CUDA_BUILD, **host) as url:
        assert ask(url) == "Japanese"
    service.shutdown()
    assert ZeroGpu.calls == ["/startup-report"]


def requirements(content: bytes) -> dict[str, str]:
    """Return the range of each package, as pip reads them."""
    lines = (line.split("#")[0] for line in content.decode().splitlines())
    return {r.name: str(r.specifier) for r in map(Requirement, filter(str.strip, lines))}


def test_a_space_gets_the_torch_that_its_host_runs(hub, with_token):
    """ZeroGPU has 2.8 to 2.11; elsewhere the newest that the page's range admits is installed."""
    ours = requirements((ROOT / "requirements.txt").read_bytes())
    installed = {"cpu": ("cpu-basic", "2.15.0"), "zero": ("zero-a10g", "2.11.0")}
    for hardware, (created_on, newest) in installed.items():
        name = f"ada/{hardware}"
        assert main(["space", name, "--hardware", hardware]) == 0
        space = hub.repositories["spaces", name]
        assert space.hardware == created_on
        theirs = requirements(space.files["requirements.txt"])
        torch = SpecifierSet(theirs["torch"])
        assert list(torch.filter(["2.6.0", "2.11.0", "2.12.0", "2.15.0"]))[-1] == newest
        assert theirs | {"torch": ours["torch"]} == ours  # and all else is as it is here


def test_without_the_page_s_code_there_is_one_line(hub, with_token, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("model.storage.space.ROOT", tmp_path)
    assert main(["space", "ada/page"]) == 2
    assert "No app.py in " in capsys.readouterr().err
    assert not hub.requests


def test_the_space_has_every_file_that_the_page_imports_or_reads():
    files = space_files(SHIPPED)[0]
    assert {"model/tabs/name.py", "model/storage/card.jinja"} < set(files)
    assert all(len(content) < 10 * 10**6 for content in files.values())  # the Hub's limit
    for name in (name for name in files if name.endswith(".py")):
        for node in ast.walk(ast.parse(files[name])):
            if isinstance(node, ast.ImportFrom) and (
                node.level or str(node.module).startswith("model.")
            ):
                above = name.split("/")[: -node.level] if node.level else []
                module = "/".join([*above, *filter(None, (node.module or "").split("."))])
                assert {f"{module}.py", f"{module}/__init__.py"} & set(files), (name, module)
