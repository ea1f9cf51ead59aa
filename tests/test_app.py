"""The app as a program sees it: the real server on loopback, through gradio_client."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from conftest import ROOT, run
from gradio_client import Client
from gradio_client.exceptions import AppError

from model import TextClassifier


@pytest.fixture(scope="session")
def app_url():
    """Start `python app.py` as a user does, on the shipped weights and a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None, "app.py ended"
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="session")
def client(app_url):
    return Client(app_url, verbose=False)


def test_only_the_contract_s_endpoints_are_public(client):
    api = client.view_api(return_format="dict")
    assert set(api["named_endpoints"]) == {"/predict", "/metrics"}
    assert not api["unnamed_endpoints"]


def test_predict_gives_the_classifier_s_answer(client):
    answer = client.predict("Nakamura", 3, api_name="/predict")
    assert answer["text"] == "Nakamura"
    assert answer["romanised"] == "nakamura"
    assert answer["predictions"][0]["label"] == "Japanese"
    expected = TextClassifier.load(ROOT / "model" / "weights" / "names").predict("Nakamura", 3)
    got = {p["label"]: p["probability"] for p in answer["predictions"]}
    assert got == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "romanised", "language"),
    [
        ("Иванов", "ivanov", "Russian"),
        ("Παπαδόπουλος", "papadopoylos", "Greek"),
        ("김", "gim", "Korean"),
        ("Kowalczyk", "kowalczyk", "Polish"),
        ("Müller", "muller", "German"),
    ],
)
def test_well_known_names_in_any_script_are_answered(client, text, romanised, language):
    answer = client.predict(text, 1, api_name="/predict")
    assert answer["romanised"] == romanised
    assert answer["predictions"][0]["label"] == language


@pytest.mark.parametrize("text", ["", "  ", "1234", "!?", "🙂", "x" * 10_000])
def test_unfit_text_gets_a_clear_message(client, text):
    with pytest.raises(AppError, match="type"):
        client.predict(text, 3, api_name="/predict")


@pytest.mark.parametrize("k", [0, 19, -1])
def test_k_out_of_range_gets_a_clear_message(client, k):
    with pytest.raises(AppError, match="from 1 to 18"):
        client.predict("Rossi", k, api_name="/predict")


@pytest.mark.parametrize("text", ["محمد", "e\u0301\u0323\u0302", "\u202eKim", "<b>Rossi</b>"])
def test_odd_text_is_answered(client, text):
    probabilities = client.predict(text, 18, api_name="/predict")["predictions"]
    assert sum(p["probability"] for p in probabilities) == pytest.approx(1, abs=1e-4)


def test_metrics_are_those_of_the_model_folder(client):
    metrics = client.predict(api_name="/metrics")
    same = metrics == TextClassifier.load(ROOT / "model" / "weights" / "names").metrics
    assert same  # a comparison inside the assert would print the whole of it


@pytest.mark.parametrize("content", ["[]", "{}", "5", '{"test": {}}', "null", "{"])
def test_metrics_of_the_wrong_shape_end_in_one_line(tmp_path, content):
    import app  # builds the page: not while tests are collected

    shutil.copytree(ROOT / "model" / "weights" / "names", tmp_path / "m")
    (tmp_path / "m" / "metrics.json").write_text(content)
    with pytest.raises(SystemExit, match=r"^app\.py: .*train"):
        app.load_model(["--model", str(tmp_path / "m")])


def test_a_missing_model_ends_in_one_line(tmp_path):
    done = run("app.py", "--model", tmp_path / "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("app.py: No model folder")
    assert "train.py" in done.stderr
    assert len(done.stderr.splitlines()) == 1
