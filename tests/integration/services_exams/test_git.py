"""A submission by git URL, from a real git server on loopback."""

import os
import subprocess
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from lms.models import User
from lms.services import installation, submissions, uploads
from lms.services.errors import Invalid
from tests.factories.offers import PROJECT, small_zip


class _GitServer(BaseHTTPRequestHandler):
    """git's own CGI program, which is what real servers run."""

    root: ClassVar[Path]

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _serve(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        about = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        said = subprocess.run(["git", "http-backend"], input=body, env=os.environ | about, capture_output=True).stdout
        head, _, rest = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a repository with the small submission, and its commit."""
    work, bare = tmp_path / "work", tmp_path / "served" / "project.git"
    with zipfile.ZipFile(small_zip()) as archive:
        archive.extractall(work)

    def git(*arguments: str, cwd: Path = work) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *who, *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "First")
    git("clone", "-q", "--bare", str(work), str(bare))
    commit = git("rev-parse", "HEAD").strip()
    handler = type("Handler", (_GitServer,), {"root": tmp_path / "served"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/project.git", commit
    server.shutdown()
    server.server_close()


def test_a_repository_is_pinned_to_its_commit(learner: User, served: tuple[str, str]) -> None:
    url, commit = served
    installation.install(installation.current().model_copy(update={"git_allow_private_addresses": True}))
    made = submissions.submit_git(learner, PROJECT, url, form_key="form-key-1")
    assert (made.git_url, made.git_commit) == (url, commit)
    assert made.filename == f"project-{commit[:12]}.zip"
    with zipfile.ZipFile(uploads.path_of(made.sha256)) as archive:
        assert archive.read("answer.txt") == b"42"
    again = submissions.submit_git(learner, PROJECT, url, form_key="form-key-2")
    assert again.sha256 == made.sha256


def test_without_the_setting_it_is_refused(learner: User, served: tuple[str, str]) -> None:
    with pytest.raises(Invalid, match="https"):
        submissions.submit_git(learner, PROJECT, served[0], form_key="form-key-1")
