"""The running app as a program sees it: its endpoints, requests it cannot read, and uploads."""

import csv
import re
import shutil
from argparse import Namespace
from pathlib import Path

import pytest
from conftest import MARKER, REVIEWS, SHIPPED
from gradio_client import Client, handle_file
from models import load, save_with_card
from node import close

from model.answers.reply import reply
from model.tabs.app import build_demo, load_models
from model.tasks.names import read_names
from model.training.build import build_model

NAMES = {
    "predict",
    "explain",
    "predict_file",
    "predict_list",
    "errors",
    "metrics",
}
FILE = {"meta": {"_type": "gradio.FileData"}}
GONE = (
    "The file is gone: each is read once, and an old one is deleted. Upload it again."
)
both_models = pytest.mark.parametrize(
    ("suffix", "text", "folder"),
    [("", "Macron", SHIPPED), ("_review", "beautiful, but empty", REVIEWS)],
)


@pytest.fixture(scope="module")
def client(app_url):
    patient = {"timeout": 120}  # for a busy machine
    return Client(app_url, verbose=False, httpx_kwargs=patient)


def ask(http, endpoint, *data, status=200):
    """Return what an endpoint answers, or with status 400 its error, which is one line."""
    reply = http.post(f"/gradio_api/run/{endpoint}", json={"data": data})
    assert reply.status_code == status, reply.text
    if status == 200:
        return reply.json()["data"][0]
    assert "\n" not in reply.json()["error"]
    return reply.json()["error"]


def upload(http, content, name="people.csv"):
    """Upload a file; return what stands for it in a call."""
    files = {"files": (name, content)}
    (path,) = http.post("/gradio_api/upload", files=files).json()
    return FILE | {"path": path}


def test_the_contract_s_endpoints_are_public(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    of_reviews = {f"{name}_review" for name in NAMES}
    assert set(endpoints) == {f"/{name}" for name in NAMES | of_reviews}
    assert all(endpoint["description"] for endpoint in endpoints.values())


def test_a_link_shows_title_and_description(http):
    page = " ".join(http.get("/").text.split())
    assert '<meta property="og:title" content="Surname languages" />' in page
    assert (
        '="og:description" content="A small recurrent network reads a surname' in page
    )


@both_models
@pytest.mark.slow
def test_predict_gives_the_classifier_s_answer(client, suffix, text, folder):
    answer = client.predict(text, 5, api_name=f"/predict{suffix}")
    assert close(answer, reply(load(folder).answer(text, 5)))
    contract = {"text", "romanised", "unsure", "none", "predictions", "known"}
    assert answer.keys() > contract
    three = client.predict(text, api_name=f"/predict{suffix}")["predictions"]
    assert three == answer["predictions"][:3]


@both_models
def test_explain_gives_pieces_and_metrics_those_of_the_folder(
    client, suffix, text, folder
):
    explanation = client.predict(text, api_name=f"/explain{suffix}")
    pieces = [piece for piece, _ in explanation["contributions"]]
    assert "".join(pieces) == text
    is_same = client.predict(api_name=f"/metrics{suffix}") == load(folder).metrics
    assert is_same  # a comparison inside the assert would print the whole of it


@both_models
def test_errors_gives_as_many_as_the_matrix_counts(client, suffix, text, folder):
    classifier = load(folder)
    one, other = classifier.labels[:2]
    errors = client.predict(one, other, api_name=f"/errors{suffix}")
    assert {(error["label"], error["predicted"]) for error in errors} == {(one, other)}
    if folder == SHIPPED:  # of reviews the texts of one part are kept
        confusion = classifier.metrics["test"]["confusion"]
        assert len(errors) == confusion[0][1]


K = "k must be a whole number from 1 to 18, not {}."


@pytest.mark.parametrize(
    ("endpoint", "data", "message"),
    [
        ("predict", ["", 3], "type a"),
        ("predict", ["1234", 3], "type a"),
        ("explain", ["🙂"], "type a"),
        ("explain", ["x" * 10_000], "type a"),
        ("explain", ["Papadopoulos" * 4], "40 characters"),
        ("predict", ["Kim"], "needs all of ['text', 'k']"),
        ("predict", ["Kim", 0], K.format("0")),
        ("predict", ["Kim", 19], K.format("19")),
        ("predict", ["Kim", True], K.format("True")),
        ("predict", ["Kim", "3"], K.format("'3'")),
        ("errors", ["Scottish", "Klingon"], "No language 'Klingon'; there are: "),
        ("predict_list", ["Kim\n" * 10_001, None], "more than 10,000 rows: "),
    ],
)
def test_what_cannot_be_answered_gets_one_line(http, endpoint, data, message):
    assert message in ask(http, endpoint, *data, status=400)


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        (b"", "", "is empty"),
        (b"surname\nKim\n", "name", "no column 'name'; its columns: surname"),
        (b"surname,n\n" + b"Kim,1\n" * 10_001, "", "more than 10,000 rows"),
        (
            b"wer,n\nKim,1\n",
            "",
            "found: 'wer', 'n'; if this guess is right: give column wer",
        ),
    ],
    ids=["empty", "no such column", "too long", "not certain"],
)
def test_a_file_that_cannot_be_read_gets_one_line(http, content, column, message):
    file = upload(http, content)
    assert message in ask(http, "predict_file", file, column, None, None, status=400)


def test_a_list_keeps_its_rows(http, unchanged):
    rows = ask(http, "predict_list", "Rossi\n\n=1+1\nO'Neill, Mary\n\n", None)
    shown = []
    for row in rows:
        n_predictions = len(row["predictions"])
        shown.append((row["line"], row["text"], bool(row["problem"]), n_predictions))
    assert shown == [
        (1, "Rossi", False, 3),
        (2, "", True, 0),
        (3, "=1+1", True, 0),
        (4, "O'Neill, Mary", False, 3),
    ]


def test_a_file_keeps_its_rows(client, unchanged, tmp_path):
    path = tmp_path / "people.csv"
    content = 'id;surname\n-1;Rossi\n2;"Müller; x"\n3;1\n4\n'
    path.write_text(content, encoding="utf-8-sig")
    text = client.predict(handle_file(path), "surname", api_name="/predict_file")
    assert text.startswith('"id";"surname";"answer";"label_1";"probability_1";')
    lines = text.splitlines()
    shown = []
    for row in csv.DictReader(lines, delimiter=";"):
        note = row["prediction_note"]
        shown.append((row["id"], row["answer"], note[:10]))
    assert shown == [
        ("'-1", "Italian", ""),
        ("2", "German", ""),
        ("3", "", "There is n"),
        ("4", "", "1 columns,"),
    ]


@pytest.fixture(scope="module")
def two_models(small_recipe, small_data, tmp_path_factory):
    """The shipped model, and one of a user's own for the same task."""
    dataset = read_names(small_data)
    folder = tmp_path_factory.mktemp("own") / "mine"
    own = save_with_card(build_model(small_recipe, dataset), dataset, folder)
    models = [str(SHIPPED), str(own)]
    return load_models(Namespace(model=models, program="app.py"))


def test_a_model_has_only_examples_of_its_own_labels(two_models):
    shipped, mine = two_models
    korean = "김"
    assert korean in shipped.examples
    assert korean not in mine.examples


def test_a_second_model_has_endpoints_of_its_own(two_models):
    public = {}
    for function in build_demo(two_models).fns.values():
        if function.api_visibility == "public":
            public[function.api_name] = function.fn
    assert set(public) == NAMES | {f"{name}_2" for name in NAMES}
    (first,) = public["predict_2"]("Kim", 1)["predictions"]
    expected = two_models[1].classifier.predict("Kim", 1)
    assert {first["label"]: first["probability"]} == expected


def test_a_missing_model_ends_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        load_models(Namespace(model=[str(tmp_path / "nowhere")], program="app.py"))
    line = "app.py: No model folder.*train.py.*\n"
    assert re.fullmatch(line, capsys.readouterr().err)


def test_an_upload_without_a_file_is_told_so(http, unchanged):
    reply = http.post("/gradio_api/upload", files={"files": (None, "text")})
    assert reply.status_code == 400
    assert "There is no file" in reply.json()["detail"]


def test_a_call_that_nobody_made_is_told_so(http, unchanged):
    reply = http.get("/gradio_api/call/predict/nonsense")  # raises if it breaks off
    assert reply.text.split("\n")[:2] == ["event: error", 'data: "404: Not Found"']


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [
        ("predict", [MARKER]),
        ("predict", [{"name": MARKER}, MARKER]),
        ("predict_file", [MARKER]),
        ("predict_file", [FILE | {"path": f"/{MARKER}"}, "", True, None]),
    ],
)
def test_arguments_that_do_not_fit_are_not_in_the_log(
    http, unchanged, endpoint, arguments
):
    ask(http, endpoint, *arguments, status=400)
    call = f"/gradio_api/call/{endpoint}"
    event = http.post(call, json={"data": arguments}).json()["event_id"]
    assert "event: error" in http.get(f"{call}/{event}").text


CONTENT = b"surname\nKim\n"


def test_an_upload_is_read_once(http, unchanged):
    file = upload(http, CONTENT)
    assert '"Kim","Korean"' in ask(http, "predict_file", file, "", True, None)
    assert not Path(file["path"]).parent.exists()
    assert ask(http, "predict_file", file, "", True, None, status=400) == GONE


def test_equal_uploads_have_folders_of_their_own(http):
    both = [("files", ("a.csv", CONTENT))] * 2
    paths = http.post("/gradio_api/upload", files=both).json()
    paths.append(upload(http, CONTENT, "a.csv")["path"])
    assert len({Path(path).parent for path in paths}) == 3
    for path in paths:
        file = FILE | {"path": path}
        assert '"Kim","Korean"' in ask(http, "predict_file", file, "", True, None)


@pytest.mark.parametrize(
    "name",
    [
        "../../a.csv",
        "/etc/a.csv",
        "C:\\a.csv",
        "é<b>",
        "x" * 999,
        "..",
        ".",
    ],
)
def test_an_upload_is_alone_in_its_folder_whatever_its_name(http, app_folder, name):
    file = upload(http, CONTENT, name)
    path = Path(file["path"])
    assert path.resolve().is_relative_to(app_folder / "uploads")
    assert list(path.parent.iterdir()) == [path]
    assert '"Kim","Korean"' in ask(http, "predict_file", file, "", True, None)


def test_an_upload_works_after_temporary_folders_were_tidied_up(http, app_folder):
    (folder,) = (app_folder / "uploads").glob("uploads-*")
    shutil.rmtree(folder)
    file = upload(http, CONTENT)
    assert '"Kim","Korean"' in ask(http, "predict_file", file, "", True, None)


@pytest.mark.parametrize(
    ("contents", "status", "reason"),
    [
        ([b"Kim"] * 1001, 400, "Too many files"),
        ([b"Kim\n" * 600_000], 413, "maximum allowed size of 2097152 bytes"),
        ([b"Kim\n" * 500_000] * 5, 413, "A request may have 8,000,000 bytes"),
    ],
    ids=["many", "large", "large together"],
)
def test_uploads_that_are_refused_leave_nothing(
    http, unchanged, contents, status, reason
):
    files = [("files", ("a.csv", content)) for content in contents]
    reply = http.post("/gradio_api/upload", files=files)
    assert reply.status_code == status
    assert len(reply.text.splitlines()) == 1
    assert reason in reply.text
