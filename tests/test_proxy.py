"""A page behind a proxy, with a path in its address: nginx, as in front of a Space."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from conftest import ROOT, needs_chromium, running_page, wait_until
from playwright.sync_api import expect

NGINX = shutil.which("nginx")
CONFIG = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{
        listen {place};
        location /surnames/ {{
            proxy_pass {page}/;
            proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
}}
"""
pytestmark = [
    *needs_chromium,
    pytest.mark.skipif(
        not NGINX and not os.environ.get("CI"),
        reason="no nginx: apt-get install nginx-light",
    ),
]


@contextmanager
def behind_nginx(page, folder):
    """Yield the address of the page on a proxy."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, port = server.getsockname()
    place = f"127.0.0.1:{port}"
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, place=place, page=page))
    with subprocess.Popen([NGINX, "-c", config]) as process:
        try:
            wait_until(lambda: (folder / "pid").exists())
            yield f"http://{place}/surnames/"
        finally:
            process.terminate()


@pytest.mark.parametrize(
    "trusted",
    [
        {"SYSTEM": "spaces"},
        pytest.param({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, marks=pytest.mark.nightly),
    ],
    ids=["a Space", "a proxy that is named"],
)
def test_a_page_finds_its_root_behind_a_proxy(
    browser, complete_folder, tmp_path, trusted
):
    env = os.environ | trusted | {"GRADIO_ROOT_PATH": "/surnames"}
    start = [sys.executable, "app.py", "--model", str(complete_folder)]
    with (
        running_page(start, tmp_path / "log", env, cwd=ROOT) as page,
        behind_nginx(page, tmp_path) as address,
    ):
        config = httpx.get(f"{address}config").json()
        assert config["root"] == address.rstrip("/")
        window = browser.new_page()
        window.goto(f"{address}#/name/Rossi")
        expect(window.locator(".verdict").first).to_be_visible()
        of_page = {"Origin": address.removesuffix("/surnames/")}
        upload = f"{address}gradio_api/upload"
        files = {"files": ("a.csv", b"Kim\n")}
        assert httpx.post(upload, files=files, headers=of_page).status_code == 200
        window.close()
