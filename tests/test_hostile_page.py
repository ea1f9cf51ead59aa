"""A stranger's model, card and files on the page: their markup is text, and none of it runs.

The model, with all of its words, is trained here; the page is the real one in chromium. There its
policy is off, so that nothing but the escaping stands between the markup and a script; with the
policy on, a script that has slipped in does not run either.
"""

import re

import httpx
import openpyxl
import pytest
from conftest import needs_chromium, serve, visiting
from playwright.sync_api import expect

from model import TextClassifier

IMAGE = "<img src=x onerror=PWN=1>"
SCRIPT = '"><script>PWN=1</script>'
CARD = f"""# {IMAGE}
You must not use it. {SCRIPT} ![pixel](http://evil.example/a.png) [site](https://good.example)
[run](javascript:PWN=1) <form action="http://evil.example"><input type="password"></form>

<div style="position: fixed; inset: 0">Log in again</div>

So is ![later][a] <b>bold</b>

```{SCRIPT}
{IMAGE}
```

[a]: http://evil.example/b.png
"""
CITIES = "Osaka Kyoto Kobe Nara Nagoya Sendai Torino Milano Roma Pisa Bari Napoli".split()
TASK = {
    "title": f"{IMAGE} {SCRIPT} ${{PWN=1}} {{{{value}}}}",
    "does": SCRIPT,
    "must_not": IMAGE,
    "examples": [IMAGE, SCRIPT],
    "publish_texts": True,
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    texts, labels = [f"{city} {IMAGE}" for city in CITIES], [IMAGE] * 6 + [SCRIPT] * 6
    test = ([f"{text}{i}" for i, text in enumerate(texts)], labels[::-1])  # so that all are wrong
    options = {"task": TASK, "test": test, "epochs": 1, "use_gpu": False}
    classifier = TextClassifier.fit(texts, labels, **options)
    classifier.metrics["rival"]["name"] = SCRIPT
    classifier.save(folder / "model", extra_files={"README.md": CARD.encode()})
    with serve("--model", folder / "model", temporary=folder) as address:
        yield address


@pytest.fixture
def page(browser, url):
    """The page without its policy; nothing may have run when it is closed."""
    with visiting(browser, url, height=900) as open_page:
        page = open_page(bypass_csp=True)
        expect(page.locator("#bars .bars li")).to_have_count(2, timeout=60_000)
        yield page
        assert page.evaluate("window.PWN") is None
        assert page.locator("img[src=x], form, .about img, .about [style*=fixed]").count() == 0


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


@pytest.mark.usefixtures("page")
class TestMarkupIsText:
    pytestmark = needs_chromium

    def test_in_the_answer_the_reading_and_the_game(self, page):
        expect(page.locator("h1")).to_have_text(TASK["title"])
        page.get_by_label("Text", exact=True).fill(SCRIPT)
        expect(page.locator("#letters .letters li").first).to_have_text(re.compile('^"'))
        assert "".join(page.locator("#letters .letters b").all_inner_texts()) == SCRIPT
        for part in ("#bars", "#letters", "#examples"):
            expect(page.locator(part)).to_contain_text(re.compile("<img|><script"))
        open_tab(page, "How it reads")
        expect(page.locator(".reading figcaption").first).to_contain_text('read "')
        expect(page.locator(".endings")).to_contain_text("<img src=x")
        page.get_by_role("button", name="Guess first").click()
        expect(page.locator("dialog h2")).to_contain_text(IMAGE)
        expect(page.locator("dialog .choices")).to_contain_text(SCRIPT)

    def test_in_the_test_results(self, page):
        open_tab(page, "Test results")
        for part in ("#matrix", "#per-label"):
            expect(page.locator(part)).to_contain_text("<img src=x")
        expect(page.locator(".rival")).to_contain_text(SCRIPT)
        page.locator("#matrix .wrong button").filter(has_text=re.compile("[1-9]")).click()
        for label in (IMAGE, SCRIPT):
            expect(page.locator("#behind h2")).to_contain_text(label)
        expect(page.locator("#behind li").first).to_contain_text(IMAGE)

    def test_in_an_uploaded_workbook(self, page, tmp_path):
        book = openpyxl.Workbook()
        book.active.title = IMAGE
        for row in (["name", SCRIPT], [IMAGE, IMAGE], ["Osaka", SCRIPT]):
            book.active.append(row)
        book.create_sheet("another").append(["x"])
        book.save(path := tmp_path / "R&amp;D.xlsx")
        open_tab(page, "List")
        page.locator("#file input[type=file]").set_input_files(path)
        for text in ("R&amp;D.xlsx", f"sheet {IMAGE}", SCRIPT):
            expect(page.locator("#preview")).to_contain_text(text)
        page.get_by_role("button", name="Read the list").click()
        expect(page.locator("#summary")).to_contain_text(f"Sheet {IMAGE}, the first of 2")
        for part in ("#rows", "#chart"):
            expect(page.locator(part)).to_contain_text(re.compile("<img src=x|><script"))

    def test_in_a_message(self, page, tmp_path):
        (tmp_path / "R&amp;D.csv").touch()
        open_tab(page, "List")
        page.locator("#file input[type=file]").set_input_files(tmp_path / "R&amp;D.csv")
        expect(page.get_by_test_id("toast-text")).to_contain_text("R&amp;D.csv is empty")

    def test_in_the_card_whose_only_addresses_are_links(self, page):
        open_tab(page, "About")
        page.get_by_role("button", name="The whole model card").click()
        card = page.locator(".about .prose").last
        for text in (IMAGE, SCRIPT, '<input type="password">', "<div style=", "<b>bold</b>"):
            expect(card).to_contain_text(text)
        addresses = card.locator("a").evaluate_all("links => links.map((link) => link.href)")
        evil = [f"http://evil.example/{name}.png" for name in "ab"]
        assert addresses == [evil[0], "https://good.example/", evil[1]]


def test_every_answer_has_the_headers(url):
    page = httpx.get(url)
    asset = re.search(r'src="\.(/assets/[^"]+)"', page.text)[1]
    for path in ("/", "/config", "/gradio_api/info", "/social.png", "/not/there", asset):
        reply = httpx.get(url + path)
        assert reply.headers["x-content-type-options"] == "nosniff", path
        assert reply.headers["referrer-policy"] == "same-origin", path
    policy = dict(
        part.split(None, 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert "unsafe-inline" not in policy["script-src"]
    assert policy["frame-ancestors"] == "https://huggingface.co https://*.hf.space"
    assert policy["form-action"] == policy["object-src"] == policy["frame-src"] == "'none'"
    assert not re.search("http|[*]", " ".join({**policy, "frame-ancestors": ""}.values()))


class TestWithThePolicy:
    pytestmark = needs_chromium

    def test_a_script_that_slips_in_does_not_run_and_a_worker_does(self, browser, url):
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("tab", name="About").wait_for()
        page.evaluate(
            """([image, script]) => {
          document.body.insertAdjacentHTML('beforeend', image);
          document.body.append(document.createRange().createContextualFragment(script));
        }""",
            [IMAGE, SCRIPT],
        )
        work = "new Worker(URL.createObjectURL(new Blob(['postMessage(eval(`6 * 7`))'])))"
        done = f"new Promise((done) => {{ {work}.onmessage = ({{data}}) => done(data); }})"
        assert page.evaluate(done) == 42
        assert page.evaluate("window.PWN") is None
        page.close()
