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

from model.tabs.app import build_demo, load_models
from model.tasks.names import read_names
from model.training.build import build

NAMES = {"predict", "explain", "predict_file", "predict_list", "errors", "metrics"}
FILE = {"meta": {"_type": "gradio.FileData"}}
JSON = {"headers": {"content-type": "application/json"}}
HALF = rb'{"text": "", "\ud800": 1}'  # half a character


@pytest.fixture(scope="module")
def client(app_url):
    return Client(
        app_url, verbose=False, httpx_kwargs={"timeout": 120}
    )  # for a busy machine


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
    (path,) = http.post("/gradio_api/upload", files={"files": (name, content)}).json()
    return FILE | {"path": path}


def test_the_contract_s_endpoints_are_public_and_no_others_and_a_link_shows_the_title(
    client, http
):
    api = client.view_api(return_format="dict")
    assert set(api["named_endpoints"]) == {
        f"/{n}{end}" for n in NAMES for end in ("", "_review")
    }
    assert all(endpoint["description"] for endpoint in api["named_endpoints"].values())
    assert (
        '<meta property="og:title" content="Surname languages" />' in http.get("/").text
    )


@pytest.mark.parametrize(
    ("suffix", "text", "folder"),
    [("", "Macron", SHIPPED), ("_review", "beautiful, but empty", REVIEWS)],
)
def test_a_program_gets_the_classifier_s_answer(client, suffix, text, folder):
    classifier = load(folder)
    expected = classifier.answer(text, 5)
    answer = client.predict(text, 5, api_name=f"/predict{suffix}")
    got = [(p["label"], p["probability"]) for p in answer["predictions"]]
    assert [label for label, _ in got] == [label for label, _ in expected.predictions]
    assert dict(got) == pytest.approx(dict(expected.predictions), abs=1e-4)
    assert answer["none"] == pytest.approx(expected.none, abs=1e-4)
    assert [answer[key] for key in ("text", "unsure")] == [text, expected.unsure]
    assert answer["romanised"] == expected.romanised
    assert answer["known"] == (None if suffix else [{"label": "French", "share": 1.0}])
    assert len(client.predict(text, api_name=f"/predict{suffix}")["predictions"]) == 3
    explanation = client.predict(text, api_name=f"/explain{suffix}")
    assert "".join(piece for piece, _ in explanation["contributions"]) == text
    same = client.predict(api_name=f"/metrics{suffix}") == classifier.metrics
    assert same  # a comparison inside the assert would print the whole of it
    one, other = classifier.labels[:2]
    errors = client.predict(one, other, api_name=f"/errors{suffix}")
    assert {(e["label"], e["predicted"]) for e in errors} <= {(one, other)}
    assert suffix or len(errors) == classifier.metrics["test"]["confusion"][0][1]


def test_what_cannot_be_answered_gets_one_line(http):
    table, long = (upload(http, b"surname\n" + b"Kim\n" * n) for n in (1, 10_001))
    for endpoint, arguments, message in (
        *(
            ("predict", [text, 3], "type a")
            for text in ("", "  ", "1234", "🙂", "x" * 10_000)
        ),
        *(("explain", [text], "type a") for text in ("", "1234", "x" * 10_000)),
        *(("predict", ["Rossi", k], "from 1 to 18") for k in (0, 19, -1)),
        ("explain", ["Papadopoulos" * 4], "40 characters"),
        *(
            ("errors", ["Scottish", text], "language")
            for text in ("Klingon", "Scottish")
        ),
        ("predict_file", [upload(http, b""), "", None], "is empty"),
        (
            "predict_file",
            [table, "name", None],
            "no column 'name'; its columns: surname",
        ),
        ("predict_file", [long, "", None], "more than 10,000 rows"),
    ):
        assert message in ask(http, endpoint, *arguments, status=400)


def test_a_message_about_an_argument_has_the_endpoint_s_name_for_it(http):
    assert ask(http, "predict", "Rossi", 0, status=400).startswith("k must be a whole")


def test_a_list_and_a_file_keep_their_rows_and_say_what_is_wrong(
    http, client, unchanged, tmp_path
):
    rows = ask(http, "predict_list", "Rossi\n\n=1+1\nO'Neill, Mary\n\n")
    assert [row["line"] for row in rows] == [1, 2, 3, 4]
    assert [row["text"] for row in rows] == ["Rossi", "", "=1+1", "O'Neill, Mary"]
    assert [bool(row["problem"]) for row in rows] == [False, True, True, False]
    assert [len(row["predictions"]) for row in rows] == [3, 0, 0, 3]
    path = tmp_path / "people.csv"
    path.write_text(
        'id;surname\n-1;Rossi\n2;"Müller; x"\n3;1\n4\n', encoding="utf-8-sig"
    )
    text = client.predict(handle_file(path), "surname", api_name="/predict_file")
    assert text.startswith('"id";"surname";"label_1";"probability_1";"label_2";')
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert [
        (row["id"], row["label_1"], row["prediction_note"][:10]) for row in rows
    ] == [
        *(("'-1", "Italian", ""), ("2", "German", "")),
        *(("3", "", "There is n"), ("4", "", "1 columns,")),
    ]


def test_a_model_of_one_s_own_stands_beside_the_shipped_one(
    small_recipe, small_data, tmp_path
):
    dataset = read_names(small_data)
    own = save_with_card(build(small_recipe, dataset), dataset, tmp_path / "mine")
    models = [str(SHIPPED), str(own)]
    shipped, mine = shown = load_models(Namespace(model=models, program="app.py"))
    assert "김" in set(shipped.examples) - set(
        mine.examples
    )  # no label of its own is Korean
    functions = {f.api_name: f for f in build_demo(shown).fns.values()}
    public = {name for name, f in functions.items() if f.api_visibility == "public"}
    assert public == NAMES | {f"{name}_2" for name in NAMES}
    (first,) = functions["predict_2"].fn("Kim", 1)["predictions"]
    assert {first["label"]: first["probability"]} == mine.classifier.predict("Kim", 1)


def test_a_missing_model_ends_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        load_models(Namespace(model=[str(tmp_path / "nowhere")], program="app.py"))
    assert re.fullmatch(
        "app.py: No model folder.*train.py.*\n", capsys.readouterr().err
    )


def test_a_request_that_cannot_be_read_is_told_why_and_is_not_in_the_log(
    http, unchanged
):
    for path, request, reason in (
        ("call/v2/predict", {"json": {}}, "required argument: text"),
        (
            "call/v2/predict",
            {"json": {"text": "Kim", "": 1}},
            "not a valid key-word argument",
        ),
        (
            "call/v2/predict",
            {"content": HALF, **JSON},
            "`?` is not a valid key-word argument",
        ),
        ("call/v2/nothing", {"json": {"text": "Kim"}}, "cannot be read"),
        ("run/nothing", {"json": {"data": ["Kim"]}}, "cannot be read"),
        ("upload", {"files": {"files": (None, "text")}}, "not an instance"),
    ):
        reply = http.post(f"/gradio_api/{path}", **request)
        assert (reply.status_code, reason in reply.json()["detail"]) == (400, True)
    reply = http.get("/gradio_api/call/predict/nonsense")  # raises if it breaks off
    assert reply.text.split("\n")[:2] == ["event: error", 'data: "404: Not Found"']
    for endpoint, arguments in (
        ("predict", [MARKER]),
        ("predict", [{"name": MARKER}, MARKER]),
        ("predict_file", [MARKER]),
        ("predict_file", [FILE | {"path": f"/{MARKER}"}, "", True]),
    ):
        route = f"/gradio_api/call/{endpoint}"
        event = http.post(route, json={"data": arguments}).json()["event_id"]
        assert "event: error" in http.get(f"{route}/{event}").text
        ask(http, endpoint, *arguments, status=400)


def test_an_upload_is_read_once_and_each_has_a_folder_of_its_own(
    http, app_folder, unchanged
):
    content = b"surname\nKim\n"
    names = "../../a.csv", "/etc/a.csv", "C:\\a.csv", "é<b>", "x" * 999
    (folder,) = (app_folder / "uploads").glob("uploads-*")
    shutil.rmtree(folder)  # as what tidies up temporary folders does
    together = http.post(
        "/gradio_api/upload", files=[("files", ("a.csv", content))] * 2
    ).json()
    paths = [
        *together,
        *(upload(http, content, name)["path"] for name in ("a.csv", *names)),
    ]
    assert len({Path(path).parent for path in paths}) == 8
    for path in map(Path, paths):
        assert path.resolve().is_relative_to(app_folder / "uploads")
        assert list(path.parent.iterdir()) == [path]
        assert '"Kim","Korean"' in ask(
            http, "predict_file", FILE | {"path": str(path)}, "", True
        )
        assert not path.parent.exists()
    again = ask(http, "predict_file", FILE | {"path": paths[0]}, "", True, status=400)
    assert (
        again
        == "The file is gone: each is read once, and old ones make room. Upload it again."
    )


def test_uploads_too_many_or_too_large_leave_nothing(http, unchanged):
    for files, status, reason in (
        ([("files", ("a.csv", b"Kim"))] * 1001, 400, "Too many files"),
        (
            [("files", ("a.csv", b"Kim\n" * 600_000))],
            413,
            "maximum allowed size of 2097152 bytes",
        ),
        (
            [("files", ("a.csv", b"Kim\n" * 500_000))] * 5,
            413,
            "A request may have 8,000,000 bytes",
        ),
    ):
        reply = http.post("/gradio_api/upload", files=files)
        assert (reply.status_code, len(reply.text.splitlines())) == (status, 1)
        assert reason in reply.text
