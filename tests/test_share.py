"""The page on other sites: its preview, and the link to its code."""

import re

from model.tabs import about
from model.tabs.page_model import read_model


def test_previews_of_the_file_have_title_and_description(small_page):
    head, _ = small_page.read_text("utf-8").split("</head>")
    contents = dict(re.findall(r'(og:\w+)" content="([^"]*)"', head))
    assert contents["og:title"] == re.search("<title>(.*)</title>", head)[1]
    assert "network reads" in contents["og:description"]


def test_about_links_the_code_where_citation_cff_has_its_address(tmp_path, monkeypatch):
    cited = tmp_path / "CITATION.cff"
    monkeypatch.setattr(about, "CITATION", cited)
    assert about.code_address() == ""
    cited.write_text("title: x\nrepository-code: 'https://example.org/ada/gru'\n")
    assert about.code_address() == "https://example.org/ada/gru"


def test_about_links_program_and_licence_on_a_space(small_folder, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "ada/page")
    links = re.findall(r'href="([^"]*)"', about.about_html(read_model(small_folder)))
    for name in ("app.py", "LICENSE"):
        assert f"https://huggingface.co/spaces/ada/page/blob/main/{name}" in links
