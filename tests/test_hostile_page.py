"""A stranger's model, card and files on the page: their markup is text, and none of it runs.

The page is open without its policy, so that nothing but the escaping keeps a script from running.
"""

import re

import openpyxl
import pytest
from conftest import needs_chromium, open_tab, served, visiting
from playwright.sync_api import expect

from model import TextClassifier
from model.tabs.alone import web_files
from model.tabs.app import build_demo
from model.tabs.page_model import read_model

pytestmark = [*needs_chromium, pytest.mark.filterwarnings("ignore:the texts of")]
IMAGE = "<img src=x onerror=PWN=1>"
SCRIPT = '"><script>PWN=1</script>'
LABEL = f"{IMAGE} $5$ _x_ [a](javascript:PWN=1)"
CARD = f"""# {IMAGE}
You must not use it. {SCRIPT} ![pixel](http://evil.example/a.png) [site](https://good.example)
[run](javascript:PWN=1) <form action="http://evil.example"><input type="password"></form>

<div style="position: fixed; inset: 0">Log in again</div>

    {IMAGE}

So is ![later][a] <b>bold</b>

[a]: http://evil.example/b.png
"""
CITIES = (
    "Osaka Kyoto Kobe Nara Nagoya Sendai Torino Milano Roma Pisa Bari Napoli".split()
)
TITLE = f"{IMAGE} {SCRIPT} ${{PWN=1}} {{{{value}}}}"
TASK = {
    "title": TITLE,
    "does": SCRIPT,
    "must_not": IMAGE,
    "examples": [IMAGE, SCRIPT],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "model"
    texts = [f"{city} {IMAGE}" for city in CITIES]
    labels = [LABEL] * 6 + [SCRIPT] * 6
    test = (
        [f"{text}{i}" for i, text in enumerate(texts)],
        labels[::-1],
    )  # so that all are wrong
    task = TASK | {"publish_texts": True}
    classifier = TextClassifier.fit(
        texts, labels, test=test, task=task, epochs=1, use_gpu=False
    )
    classifier.metrics["rival"]["name"] = SCRIPT
    classifier.save(folder)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def url(folder):
    with served(build_demo([read_model(folder)])) as address:
        yield address


@pytest.fixture(scope="module")
def file(folder):
    """The address of the page without a server."""
    files, _ = web_files(read_model(folder))
    path = folder / "index.html"
    path.write_bytes(files["index.html"])
    return path.as_uri()


@pytest.fixture
def page(browser, request):
    """The page without its policy; nothing may have run when it is closed."""
    url = request.getfixturevalue(getattr(request, "param", "url"))
    with visiting(browser.new_page(bypass_csp=True), url) as open_page:
        page = open_page()
        expect(page.locator("#bars .bars li")).to_have_count(2)
        yield page
        assert page.evaluate("window.PWN") is None
        assert (
            page.locator("img[src=x], form, .about img, .about [style*=fixed]").count()
            == 0
        )
    page.close()


both_pages = pytest.mark.parametrize("page", ["url", "file"], indirect=True)
SHOWN = re.compile("<img src=x|<img>|><script")


@both_pages
def test_markup_is_text_in_title_answer_reading_game(page):
    expect(page.locator(".page-head h1")).to_have_text(TITLE)
    assert page.title() == TITLE
    page.get_by_role("textbox", name="Text", exact=True).fill(SCRIPT)
    letters = page.locator(".on-stage .letter bdi")
    expect(letters).to_have_text(list(SCRIPT))
    for part in ("#bars", ".caption", "#examples"):
        expect(page.locator(part)).to_contain_text(SHOWN)
    page.locator(".inside > summary").click()
    expect(page.locator(".now-says")).to_contain_text(SHOWN)
    page.get_by_role("button", name="Play against the network").click()
    expect(page.locator("dialog h2")).to_contain_text(IMAGE)
    expect(page.locator("dialog .choices")).to_contain_text(SCRIPT)


@both_pages
def test_markup_is_text_in_the_test_results(page):
    open_tab(page, "Test results")
    for part in ("#matrix", "#per-label"):
        expect(page.locator(part)).to_contain_text(SHOWN)
    expect(page.locator(".baseline")).to_contain_text(SCRIPT)
    wrong = page.locator("#matrix .wrong button")
    wrong.filter(has_text=re.compile("[1-9]")).first.click()
    for label in (LABEL, SCRIPT):
        expect(page.locator("#behind h2")).to_contain_text(label)
    expect(page.locator("#behind li").first).to_contain_text(IMAGE)


@pytest.fixture
def book(tmp_path):
    """A sheet with markup in its name, its heading and its cells, in a file with an odd name."""
    book = openpyxl.Workbook()
    book.active.title = IMAGE
    for row in (["name", SCRIPT], [IMAGE, IMAGE], ["Osaka", SCRIPT]):
        book.active.append(row)
    book.create_sheet("another").append(["x"])  # so that the first one's name is told
    path = tmp_path / "R&amp;D.xlsx"
    book.save(path)
    return path


def test_markup_is_text_in_an_upload(page, book):
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(book)
    for text in ("R&amp;D.xlsx", f"sheet {IMAGE}", SCRIPT):
        expect(page.locator("#preview")).to_contain_text(text)
    page.get_by_role("button", name="Read the list").click()
    for part in ("#rows", "#chart"):
        expect(page.locator(part)).to_contain_text(SHOWN)


def test_markup_is_text_in_a_message(page, book):
    book.write_bytes(b"")
    open_tab(page, "List")
    page.locator("#file input[type=file]").set_input_files(book)
    message = page.get_by_test_id("toast-text")
    expect(message).to_contain_text("R&amp;D.xlsx is empty")


def test_markup_is_text_in_the_card(page):
    open_tab(page, "About")
    card = page.locator(".about details")
    inputs = '<input type="password">'
    for text in (IMAGE, SCRIPT, inputs, "<div style=", "<b>bold</b>"):
        expect(card).to_contain_text(text)
    addresses = "links => links.map((link) => link.href)"
    evil = [f"http://evil.example/{name}.png" for name in "ab"]
    expected = [evil[0], "https://good.example/", evil[1]]
    assert card.locator("a").evaluate_all(addresses) == expected


def test_every_answer_has_the_headers(http):
    page = http.get("/")
    asset = re.search(r'src="\.(/assets/[^"]+)"', page.text)[1]
    for path in ("/", "/config", "/gradio_api/info", "/not/there", asset):
        headers = http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
    parts = page.headers["content-security-policy"].split("; ")
    policy = dict(part.split(None, 1) for part in parts)
    assert policy.pop("frame-ancestors") == "https://huggingface.co https://*.hf.space"
    assert "unsafe-inline" not in policy["script-src"]
    assert policy["form-action"] == policy["object-src"] == "'none'"
    assert not re.search("http|[*]", " ".join(policy.values()))


# Puts HTML into the page and waits until its image is not found, whose `onerror` would run.
SLIP = """(html) => new Promise((resolve) => {
  const part = document.createRange().createContextualFragment(html);
  part.querySelector('img').addEventListener('error', () => resolve());
  document.body.append(part);
})"""


def test_with_the_policy_a_worker_runs_but_no_script_that_slips_in(browser, url):
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("tab", name="About").wait_for()
    page.evaluate(SLIP, IMAGE + SCRIPT)
    assert page.evaluate("window.PWN") is None
    work = "new Worker(URL.createObjectURL(new Blob(['postMessage(eval(`6 * 7`))'])))"
    answer = f"new Promise(done => {{ {work}.onmessage = e => done(e.data); }})"
    assert page.evaluate(answer) == 42
    page.close()
