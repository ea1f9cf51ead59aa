"""A small Hugging Face Hub on loopback, which the real huggingface_hub client speaks to.

Importing this module points every client of this process and of its children to it, with a cache of
their own and no token, so that no test can reach the real Hub or the user's cache.
"""

import atexit
import base64
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOME = Path(tempfile.mkdtemp(prefix="hub-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
CACHE = HOME / "hub"
TOKEN = "hf_ofTheTests"


@dataclass
class Repository:
    """Every commit with its files, path -> content, the newest last."""

    private: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    hardware: str | None = None  # of a Space
    sdk: str | None = None  # that it was created with

    def commit(self, files: dict[str, bytes]) -> str:
        content = [len(self.commits), sorted(files.items())]
        sha = hashlib.sha1(repr(content).encode()).hexdigest()
        self.commits[sha] = files
        return sha

    @property
    def files(self) -> dict[str, bytes]:
        return list(self.commits.values())[-1]


class Hub:
    """The state of the server, and the faults it is told to have."""

    def __init__(self):
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.requests: list[str] = []
        # (pattern of "METHOD /path", status), each once
        self.faults: list[tuple[str, int]] = []
        self.cut: dict[str, int] = defaultdict(int)  # file name -> bytes to leave out
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self) -> None:
        """Become a Hub without repositories and faults, and empty the client's cache."""
        for kept in (self.repositories, self.requests, self.faults, self.cut):
            kept.clear()
        shutil.rmtree(CACHE, ignore_errors=True)

    def add(self, kind: str, name: str, files: dict[str, bytes]) -> str:
        return self.repositories.setdefault((kind, name), Repository()).commit(files)


class _Refused(Exception):
    """Its arguments are those of `_Handler.answer`."""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.token = self.headers.get("authorization", "").removeprefix("Bearer ")
        call = f"{self.command} {urlsplit(self.path).path}"
        self.hub.requests.append(call)
        try:
            self.answer(*self.reply(call))
        except _Refused as refused:
            self.answer(*refused.args)

    do_GET = do_HEAD = do_POST = handle_any

    def reply(self, call: str) -> tuple:
        for fault in self.hub.faults:
            if re.search(fault[0], call):
                self.hub.faults.remove(fault)
                return fault[1], {}
        if self.token not in ("", TOKEN):
            return 401, {}, {"X-Error-Message": "Invalid credentials"}
        for pattern, method in ROUTES:
            if match := re.fullmatch(pattern, call):
                return method(self, *map(unquote, match.groups()))
        return 404, {"error": f"no route for {call}"}

    def answer(self, status: int, content, headers=()) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Length": len(body)} | dict(headers)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        # A file cut short ends the connection.
        self.close_connection = len(body) != headers["Content-Length"]

    def repository(self, kind: str, name: str, revision="main"):
        """Return the repository and its commit."""
        found = self.hub.repositories.get((kind, name))
        if found is None or (found.private and self.token != TOKEN):
            raise _Refused(401, {}, {"X-Error-Code": "RepoNotFound"})
        sha = list(found.commits)[-1] if revision == "main" else revision
        if sha not in found.commits:
            raise _Refused(404, {}, {"X-Error-Code": "RevisionNotFound"})
        return found, sha

    def check_may_write(self, name: str) -> None:
        if self.token != TOKEN:
            raise _Refused(401, {})
        if not name.startswith("ada/"):
            raise _Refused(403, {})

    def create(self) -> tuple:
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        kind = f"{asked.get('type', 'model')}s"
        self.check_may_write(name)
        prefix = "" if kind == "models" else f"{kind}/"
        answer = {"url": f"{self.hub.url}/{prefix}{name}"}
        if (kind, name) in self.hub.repositories:
            return 409, answer
        private = bool(asked.get("private")) or asked.get("visibility") == "private"
        created = Repository(private, {}, asked.get("hardware"), asked.get("sdk"))
        created.commit({})
        self.hub.repositories[kind, name] = created
        return 200, answer

    def preupload(self, kind: str, name: str) -> tuple:
        self.check_may_write(name)
        mode = {"uploadMode": "regular", "shouldIgnore": False}  # without LFS
        paths = [file["path"] for file in json.loads(self.body)["files"]]
        return 200, {"files": [mode | {"path": path} for path in paths]}

    def commit(self, kind: str, name: str) -> tuple:
        self.check_may_write(name)
        repository, _ = self.repository(kind, name)
        files = dict(repository.files)
        for line in map(json.loads, self.body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        sha = repository.commit(files)
        url = f"{self.hub.url}/{name}/commit/{sha}"
        return 200, {"commitUrl": url, "commitOid": sha}

    def info(self, kind: str, name: str, revision: str) -> tuple:
        repository, sha = self.repository(kind, name, revision)
        siblings = [{"rfilename": path} for path in repository.commits[sha]]
        return 200, {"id": name, "sha": sha, "siblings": siblings}

    def tree(self, kind: str, name: str, revision: str) -> tuple:
        repository, sha = self.repository(kind, name, revision)
        files = []
        for path, content in repository.commits[sha].items():
            files.append({"type": "file", "path": path, "size": len(content)})
            files[-1]["oid"] = _oid(content)
        return 200, files

    def resolve(self, prefix: str, name: str, revision: str, path: str) -> tuple:
        repository, sha = self.repository(prefix.strip("/") or "models", name, revision)
        content, headers = repository.commits[sha].get(path), {"X-Repo-Commit": sha}
        if content is None:
            return 404, {}, headers | {"X-Error-Code": "EntryNotFound"}
        headers |= {"ETag": f'"{_oid(content)}"', "Content-Length": len(content)}
        return 200, content[: len(content) - self.hub.cut[path]], headers


REPOSITORY = "/api/(models|spaces)/([^/]+/[^/]+)"
ROUTES = [
    ("POST /api/repos/create", _Handler.create),
    ("POST /api/validate-yaml", lambda _: (200, {"errors": [], "warnings": []})),
    (f"POST {REPOSITORY}/preupload/main", _Handler.preupload),
    (f"POST {REPOSITORY}/commit/main", _Handler.commit),
    (f"GET {REPOSITORY}/revision/([^/]+)", _Handler.info),
    (f"GET {REPOSITORY}/tree/([^/]+)", _Handler.tree),
    (
        "(?:GET|HEAD) /((?:spaces/)?)([^/]+/[^/]+)/resolve/([^/]+)/(.+)",
        _Handler.resolve,
    ),
]


def _oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


HUB = Hub()
os.environ |= {
    "HF_ENDPOINT": HUB.url,
    "HF_HOME": str(HOME),
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
for name in "HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_HUB_CACHE HF_HUB_OFFLINE".split():
    os.environ.pop(name, None)
