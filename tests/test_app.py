"""The app as a program sees it: the real server on loopback, through gradio_client."""

import csv
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from conftest import SHIPPED, run, run_async, serve
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from model import TextClassifier
from model.errors import InputError
from model.storage.facts import facts_of
from model.tabs.about import how_good
from model.tabs.shown import read_model
from model.tasks.names import read_names
from model.training.build import build
from model.training.loop import fit, make_accelerator
from model.training.scores import all_metrics

MARKER = "Zyxwvmarker"
JSON = {"headers": {"content-type": "application/json"}}


@pytest.fixture(scope="session")
def client(app_url):
    return connect(app_url)


def connect(address):
    return Client(address, verbose=False, httpx_kwargs={"timeout": 120})  # for a busy machine


def test_a_link_to_the_page_shows_its_own_title(app_url):
    page = httpx.get(app_url).text
    tags = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)" />', page))
    assert tags["title"] == "Surname languages"
    reply = httpx.get(f"{app_url}/favicon.ico")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/svg+xml")


def test_only_the_contract_s_endpoints_are_public(client):
    api = client.view_api(return_format="dict")
    assert set(api["named_endpoints"]) == {
        *("/predict", "/explain", "/predict_file", "/predict_list", "/errors", "/metrics"),
    }
    assert not api["unnamed_endpoints"]
    assert all(endpoint["description"] for endpoint in api["named_endpoints"].values())


def test_predict_gives_the_classifier_s_answer(client):
    answer = client.predict("Nakamura", 3, api_name="/predict")
    assert answer["text"] == "Nakamura"
    assert answer["romanised"] == "nakamura"
    assert answer["predictions"][0]["label"] == "Japanese"
    assert answer["unsure"] is False
    assert 0 < answer["none"] < 0.1
    expected = TextClassifier.load(SHIPPED).predict("Nakamura", 3)
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
        ("佐藤", "Sato", "Japanese"),
        ("Trần", "tran", "Vietnamese"),
    ],
)
def test_well_known_names_in_any_script_are_answered(client, text, romanised, language):
    answer = client.predict(text, 1, api_name="/predict")
    assert answer["romanised"] == romanised
    assert answer["predictions"][0]["label"] == language


@pytest.mark.parametrize("text", ["", "  ", "1234", "!?", "🙂", "x" * 10_000])
@pytest.mark.parametrize("endpoint", ["/predict", "/explain"])
def test_unfit_text_gets_a_clear_message(client, text, endpoint):
    with pytest.raises(AppError, match="type"):
        client.predict(text, api_name=endpoint)


@pytest.mark.parametrize("k", [0, 19, -1])
def test_k_out_of_range_gets_a_clear_message(client, k):
    with pytest.raises(AppError, match="from 1 to 18"):
        client.predict("Rossi", k, api_name="/predict")


@pytest.mark.parametrize("text", ["محمد", "e\u0301\u0323\u0302", "\u202eKim", "<b>Rossi</b>"])
def test_odd_text_is_answered(client, text):
    answer = client.predict(text, 18, api_name="/predict")
    labels = sum(p["probability"] for p in answer["predictions"])
    assert labels + answer["none"] == pytest.approx(1, abs=1e-4)


def test_explain_has_a_value_for_each_character_as_typed(client):
    explanation = client.predict("Щукин", api_name="/explain")
    assert (
        explanation["label"]
        == client.predict("Щукин", 1, api_name="/predict")["predictions"][0]["label"]
    )
    assert "".join(piece for piece, _ in explanation["contributions"]) == "Щукин"
    with pytest.raises(AppError, match="40 characters"):
        client.predict("Papadopoulos" * 4, api_name="/explain")


def test_predict_list_marks_a_bad_line_and_keeps_it(client):
    rows = client.predict("Rossi\n\n=1+1\nO'Neill, Mary\n\n", api_name="/predict_list")
    assert rows[0]["unsure"] is False
    assert [row["line"] for row in rows] == [1, 2, 3, 4]
    assert [row["text"] for row in rows] == ["Rossi", "", "=1+1", "O'Neill, Mary"]
    assert [bool(row["problem"]) for row in rows] == [False, True, True, False]
    assert [len(row["predictions"]) for row in rows] == [3, 0, 0, 3]
    assert rows[0]["predictions"][0]["label"] == "Italian"


def test_predict_file_keeps_rows_and_columns_and_leaves_no_file(client, app_folder, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text('id;surname\n-1;Rossi\n2;"Müller; x"\n3;1\n4\n5;Kim\n', encoding="utf-8-sig")
    text = client.predict(handle_file(path), "surname", api_name="/predict_file")
    assert text.startswith('"id";"surname";"label_1";"probability_1";"label_2";')
    result = list(csv.reader(text.splitlines(), delimiter=";"))
    assert result[0][-1] == "prediction_note"
    assert result[1][:3] == ["'-1", "Rossi", "Italian"]
    assert result[2][:2] == ["2", "Müller; x"]
    assert result[3][:9] == ["3", "1", *[""] * 7]
    assert result[3][9].startswith("There is no letter")
    assert result[4][:9] == ["4", *[""] * 8]
    assert result[4][9].startswith("1 columns, and the first line has 2")
    assert result[5][:3] == ["5", "Kim", "Korean"]
    assert len(result) == 6
    assert not [path for path in (app_folder / "uploads").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("", "", "is empty"),
        ("surname\n", "", "has a header and no row"),
        ("surname\nKim\n", "name", "no column 'name'; its columns: surname"),
        ("name\n" + "Kim\n" * 10_001, "", "more than 10,000 rows"),
    ],
)
def test_an_unfit_file_gets_a_clear_message(client, tmp_path, content, column, message):
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(AppError, match=message):
        client.predict(handle_file(tmp_path / "list.csv"), column, api_name="/predict_file")


def test_errors_are_the_rows_behind_a_cell(client):
    metrics = client.predict(api_name="/metrics")
    row, column = map(metrics["labels"].index, ("Scottish", "English"))
    errors = client.predict("Scottish", "English", api_name="/errors")
    assert len(errors) == metrics["test"]["confusion"][row][column] > 0
    assert {(e["label"], e["predicted"]) for e in errors} == {("Scottish", "English")}
    for unfit in ("Klingon", "Scottish"):
        with pytest.raises(AppError, match="language"):
            client.predict("Scottish", unfit, api_name="/errors")


def test_metrics_are_those_of_the_model_folder(client):
    metrics = client.predict(api_name="/metrics")
    same = metrics == TextClassifier.load(SHIPPED).metrics
    assert same  # a comparison inside the assert would print the whole of it


def test_no_name_is_written_to_the_log(client, app_folder):
    client.predict("Quetzalcoatlinski", 3, api_name="/predict")
    with pytest.raises(AppError):
        client.predict("Quetzalcoatlinski" * 9, 3, api_name="/predict")
    assert "quetzal" not in (app_folder / "log").read_text().casefold()


def test_several_models_are_served_each_with_its_endpoints(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "others")
    with serve("--model", SHIPPED, "--model", tmp_path / "others", temporary=tmp_path) as url:
        client = connect(url)
        endpoints = client.view_api(return_format="dict")["named_endpoints"]
        assert {"/predict", "/predict_2", "/metrics", "/metrics_2"} <= set(endpoints)
        first = client.predict("Kim", 3, api_name="/predict")
        assert client.predict("Kim", 3, api_name="/predict_2") == first


def test_the_endpoints_are_tools_of_an_mcp_server(tmp_path):
    pytest.importorskip("mcp", reason="optional: pip install 'gradio[mcp]'")
    with serve(temporary=tmp_path, GRADIO_MCP_SERVER="True") as url:
        tools, reply = run_async(ask_mcp(f"{url}/gradio_api/mcp/"))
    expected = {"predict", "explain", "predict_file", "predict_list", "errors", "metrics"}
    assert {tool.name for tool in tools} == expected | {f"{name}_review" for name in expected}
    assert all(tool.description for tool in tools)
    assert "Japanese" in reply.content[0].text


async def ask_mcp(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(url) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = (await session.list_tools()).tools
        return tools, await session.call_tool("predict", {"text": "Nakamura", "k": 2})


@pytest.mark.parametrize("content", ["[]", "{}", "5", '{"test": {}}', "null", "{"])
def test_metrics_of_the_wrong_shape_end_in_one_line(tmp_path, content):
    shutil.copytree(SHIPPED, tmp_path / "m")
    (tmp_path / "m" / "metrics.json").write_text(content)
    with pytest.raises(InputError, match=r"^[^\n]*train[^\n]*$"):
        read_model(tmp_path / "m")


def test_a_model_of_one_s_own_gets_no_words_that_are_true_of_the_shipped_one_only(
    small_recipe, small_data, tmp_path
):
    dataset = read_names(small_data)
    classifier = TextClassifier.of(build(small_recipe, dataset))
    history, _ = fit(classifier, dataset, small_recipe, make_accelerator(use_gpu=False))
    classifier.save(tmp_path / "mine", all_metrics(classifier, dataset, {"history": history}, True))
    mine, shipped = read_model(tmp_path / "mine"), read_model(SHIPPED)
    assert {"Rossi", "佐藤", "Иванов", "Usami"} < set(mine.examples)
    assert not {"김", "Müller", "Maclean"} & set(mine.examples)
    assert {"김", "Müller", "Maclean"} < set(shipped.examples)
    assert "50 other groups" in how_good(shipped, facts_of(shipped.classifier, "letter"))
    assert "other groups" not in how_good(mine, facts_of(mine.classifier, "letter"))


def test_a_missing_model_ends_in_one_line(tmp_path):
    done = run("app.py", "--model", tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("app.py: No model folder")
    assert "train.py" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "request_", "reason"),
    [
        ("call/v2/predict", {"json": {}}, "required argument: text"),
        ("call/v2/predict", {"json": {"text": "Kim", "": 1}}, "not a valid key-word argument"),
        ("call/v2/nothing", {"json": {"text": "Kim"}}, "cannot be read"),
        ("call/nothing", {"json": {"data": ["Kim"]}}, "cannot be read"),
        ("run/nothing", {"json": {"data": ["Kim"]}}, "cannot be read"),
        (
            "call/v2/predict",
            {"content": rb'{"text": "", "\ud800": 1}', **JSON},
            "`?` is not a valid",
        ),
        ("upload?upload_id=x", {"files": {"other": (None, "text")}}, "cannot be read"),
        ("upload", {"files": {"files": (None, "text")}}, "not an instance"),
    ],
)
def test_a_request_that_cannot_be_read_is_told_why(app_url, app_folder, path, request_, reason):
    written = len((app_folder / "log").read_text())
    reply = httpx.post(f"{app_url}/gradio_api/{path}", **request_)
    assert reply.status_code == 400
    assert reason in reply.json()["detail"]
    assert "Traceback" not in (app_folder / "log").read_text()[written:]


def test_the_stream_of_an_unknown_request_ends_with_its_error(app_url, app_folder):
    written = len((app_folder / "log").read_text())
    reply = httpx.get(f"{app_url}/gradio_api/call/predict/nonsense")  # raises if it breaks off
    assert reply.text.split("\n")[:2] == ["event: error", 'data: "404: Not Found"']
    assert "Traceback" not in (app_folder / "log").read_text()[written:]


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [
        ("predict", [MARKER]),
        ("predict", [{"name": MARKER}, MARKER]),
        ("predict_file", [MARKER]),
        ("predict_file", [{"path": MARKER, "meta": {"_type": "gradio.FileData"}}, "", True]),
        ("predict_file", [{"path": f"/{MARKER}", "meta": {"_type": "gradio.FileData"}}, "", True]),
    ],
)
def test_unfit_arguments_get_one_line_and_are_not_repeated_in_the_log(
    app_url, app_folder, endpoint, arguments
):
    route = f"{app_url}/gradio_api/call/{endpoint}"
    event = httpx.post(route, json={"data": arguments}).json()["event_id"]
    assert "event: error" in httpx.get(f"{route}/{event}").text
    reply = httpx.post(f"{app_url}/gradio_api/run/{endpoint}", json={"data": arguments})
    assert reply.status_code == 400
    assert "\n" not in reply.json()["error"]
    log = (app_folder / "log").read_text()
    assert MARKER not in log
    assert "preprocess_data" not in log  # a traceback's


def test_a_connection_at_rest_is_kept_for_the_next_request(app_url):
    with closing(HTTPConnection(app_url.removeprefix("http://"))) as connection:
        connection.request("GET", "/gradio_api/info")
        connection.getresponse().read()
        used = connection.sock
        time.sleep(6)  # longer than uvicorn's own limit
        connection.request("GET", "/gradio_api/info")  # raises if the server has closed it
        assert connection.getresponse().status == 200
        assert connection.sock is used


def test_an_uploaded_file_is_read_once_and_the_second_time_it_is_gone(app_url):
    route = f"{app_url}/gradio_api"
    file = {"files": ("people.csv", b"surname\nKim\n")}
    (path,) = httpx.post(f"{route}/upload", files=file).json()
    call = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, "", True]}
    assert "Korean" in httpx.post(f"{route}/run/predict_file", json=call).json()["data"][0]
    again = httpx.post(f"{route}/run/predict_file", json=call).json()
    assert (
        again["error"]
        == "The file is gone: each is read once, and old ones make room. Upload it again."
    )


def call_predict_file(route, path):
    call = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, "", True]}
    return httpx.post(f"{route}/run/predict_file", json=call, timeout=120).json()


def files_in(app_folder):
    return [path for path in (app_folder / "uploads").glob("uploads-*/*") if path.exists()]


@pytest.mark.parametrize("way", ["gradio_client", "http"])
def test_eighty_equal_uploads_by_eight_clients_are_all_answered_and_leave_nothing(
    app_url, app_folder, tmp_path, way
):
    route, content = f"{app_url}/gradio_api", "surname\nKim\nRossi\n"
    (tmp_path / "names.csv").write_text(content)

    def upload_and_ask(_):
        if way == "gradio_client":
            client = connect(app_url)
            file = tmp_path / "names.csv"
            return [client.predict(handle_file(file), api_name="/predict_file") for _ in range(10)]
        with httpx.Client(timeout=120) as http:
            answers = []
            for _ in range(10):
                file = {"files": ("names.csv", content)}
                (path,) = http.post(f"{route}/upload", files=file).json()
                answers.append(call_predict_file(route, path)["data"][0])
            return answers

    before = set(files_in(app_folder))
    with ThreadPoolExecutor(8) as pool:
        answers = [answer for ten in pool.map(upload_and_ask, range(8)) for answer in ten]
    assert len(answers) == 80
    assert set(answers) == {answers[0]}
    assert re.search(r'\n"Kim","Korean",.*\n"Rossi","Italian",', answers[0])
    assert set(files_in(app_folder)) <= before


def test_equal_files_in_one_request_are_each_answered(app_url):
    route = f"{app_url}/gradio_api"
    files = [("files", ("names.csv", b"surname\nKim\n"))] * 3
    paths = httpx.post(f"{route}/upload", files=files).json()
    assert len(paths) == 3
    for path in paths:
        assert "Korean" in call_predict_file(route, path)["data"][0]


@pytest.mark.parametrize("name", ["../../a.csv", "/etc/a.csv", "C:\\a.csv", "é<b>.csv", "x" * 999])
def test_an_upload_of_any_name_lies_in_a_folder_of_its_own(app_url, app_folder, name):
    route = f"{app_url}/gradio_api"
    file = {"files": (name, b"surname\nKim\n")}
    (path,) = httpx.post(f"{route}/upload", files=file).json()
    assert Path(path).resolve().is_relative_to(app_folder / "uploads")
    assert list(Path(path).parent.iterdir()) == [Path(path)]
    assert "Korean" in call_predict_file(route, path)["data"][0]
    assert not Path(path).parent.exists()


def test_uploads_of_too_many_or_too_large_files_get_one_line_and_leave_nothing(app_url, app_folder):
    before = files_in(app_folder)
    for files, status, reason in (
        ([("files", ("a.csv", b"Kim"))] * 1001, 400, "Too many files"),
        ([("files", ("a.csv", b"Kim\n" * 600_000))], 413, "maximum allowed size of 2097152 bytes"),
        ([("files", ("a.csv", b"Kim\n" * 500_000))] * 5, 413, "A request may have 8,000,000 bytes"),
    ):
        reply = httpx.post(f"{app_url}/gradio_api/upload", files=files, timeout=120)
        assert reply.status_code == status
        assert reason in reply.text
        assert "\n" not in reply.text
    assert files_in(app_folder) == before


def test_an_upload_that_breaks_off_leaves_nothing(app_url, app_folder):
    before = set(files_in(app_folder))
    with closing(HTTPConnection(app_url.removeprefix("http://"))) as connection:
        connection.putrequest("POST", "/gradio_api/upload")
        connection.putheader("Content-Type", "multipart/form-data; boundary=b")
        connection.putheader("Content-Length", "1000000")
        connection.endheaders()
        part = 'Content-Disposition: form-data; name="files"; filename="a.csv"'
        connection.send(f"--b\r\n{part}\r\n\r\n{'Kim' * 10_000}".encode())
    file = {"files": ("people.csv", b"Kim\n")}
    (path,) = httpx.post(f"{app_url}/gradio_api/upload", files=file).json()
    assert set(files_in(app_folder)) - before == {Path(path).parent}


def test_uploads_go_on_after_temporary_folders_were_tidied_up(app_url, app_folder):
    (folder,) = (app_folder / "uploads").glob("uploads-*")
    shutil.rmtree(folder)
    file = {"files": ("people.csv", b"surname\nKim\n")}
    (path,) = httpx.post(f"{app_url}/gradio_api/upload", files=file).json()
    assert "Korean" in call_predict_file(f"{app_url}/gradio_api", path)["data"][0]


def wait_until(holds):
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("not within a minute")


def test_no_upload_outlives_the_app(tmp_path):
    with serve("--model", SHIPPED, temporary=tmp_path) as url:
        file = {"files": ("people.csv", b"surname\nKim\n")}
        httpx.post(f"{url}/gradio_api/upload", files=file)
        assert files_in(tmp_path)
    assert not [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
    assert not files_in(tmp_path)
