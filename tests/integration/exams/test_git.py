"""Fetching from one real server on loopback: pinned, shallow, and deaf to what the repository asks for."""

import http.server
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.exams.errors import IntakeError
from labs.exams.git import fetch_git
from labs.exams.git_address import GitRules


class Server(http.server.ThreadingHTTPServer):
    """git's own HTTP backend, with the addresses that were asked for."""

    root: Path
    redirect_to = ""
    asked: list[str]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.headers['Host']}{self.path}")
        if self.server.redirect_to:
            self.send_response(302)
            self.send_header("Location", self.server.redirect_to + self.path)
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        env = os.environ | {
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=True).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.root, running.asked = tmp_path / "served", []
        running.root.mkdir()
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(server: Server) -> Path:
    folder = server.root / "project.git"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "academy.yaml").write_text("first\n")
    commit(folder)
    (folder / "academy.yaml").write_text("second\n")
    commit(folder)
    return folder


def commit(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "A change")
    return git(folder, "rev-parse", "HEAD")


def place(server: Server, host: str = "127.0.0.1") -> str:
    return f"{host}:{server.server_address[1]}"


def rules(server: Server, host: str = "127.0.0.1", **changes: int) -> GitRules:
    return GitRules(allowed_hosts=frozenset({place(server, host)}), **changes)


def test_the_commit_is_named_and_its_files_are_there(server: Server, repository: Path, tmp_path: Path) -> None:
    found = fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server))
    assert found == git(repository, "rev-parse", "HEAD")
    assert (tmp_path / "out/academy.yaml").read_text() == "second\n"
    assert not (tmp_path / "out/.git").exists()


def test_an_earlier_commit_can_be_asked_for(server: Server, repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    first = git(repository, "rev-parse", "HEAD~1")
    assert fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", ref=first, rules=rules(server)) == first
    assert (tmp_path / "out/academy.yaml").read_text() == "first\n"


def test_the_address_is_looked_up_once_and_pinned(server: Server, repository: Path, tmp_path: Path) -> None:
    # The name exists nowhere: only the pin can lead git to the server, whatever DNS says a moment later.
    lookups = []

    def resolve(host: str, port: int) -> list[str]:
        lookups.append(host)
        return ["127.0.0.1"] if len(lookups) == 1 else ["192.0.2.1"]

    url = f"http://{place(server, 'pinned.invalid')}/project.git"
    fetch_git(url, tmp_path / "out", rules=rules(server, "pinned.invalid"), resolve=resolve)
    assert lookups == ["pinned.invalid"]
    assert all(asked.startswith("pinned.invalid:") for asked in server.asked)


def test_redirects_are_not_followed(server: Server, repository: Path, tmp_path: Path) -> None:
    with Server(("127.0.0.1", 0), Handler) as private:
        private.root, private.asked = server.root, []
        threading.Thread(target=private.serve_forever, daemon=True).start()
        server.redirect_to = f"http://{place(private)}"
        with pytest.raises(IntakeError, match=r"redirect"):
            fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server))
        assert private.asked == []
        private.shutdown()


def test_without_the_setting_loopback_is_refused(server: Server, repository: Path, tmp_path: Path) -> None:
    with pytest.raises(IntakeError):
        fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=GitRules())
    with pytest.raises(IntakeError, match="private address"):
        fetch_git(f"https://{place(server)}/project.git", tmp_path / "out", rules=GitRules())
    assert server.asked == []


def test_links_and_submodules_are_refused(server: Server, repository: Path, tmp_path: Path) -> None:
    (repository / "link").symlink_to("/etc/passwd")
    commit(repository)
    with pytest.raises(IntakeError, match="'link' is a link"):
        fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server))
    (repository / "link").unlink()
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{git(repository, 'rev-parse', 'HEAD')},inner")
    (repository / "inner").mkdir()
    git(repository, "commit", "--quiet", "-m", "A submodule")
    with pytest.raises(IntakeError, match="'inner' is a submodule"):
        fetch_git(f"http://{place(server)}/project.git", tmp_path / "out2", rules=rules(server))


def test_filters_hooks_and_conversions_do_not_run(
    server: Server, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = tmp_path / "touched"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[filter "evil"]\n\tsmudge = touch {touched}\n\trequired = true\n')
    monkeypatch.setenv("HOME", str(home))
    (repository / ".gitattributes").write_text("* filter=evil text eol=crlf ident\n")
    (repository / "kept").write_text("$Id$\nline\n")
    subprocess.run(
        ["git", "-c", "filter.evil.required=false", "-c", "filter.evil.smudge=", "add", "-A"],
        cwd=repository,
        check=True,
    )
    git(repository, "-c", "filter.evil.required=false", "commit", "--quiet", "-m", "Attributes")
    fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server))
    assert (tmp_path / "out/kept").read_bytes() == b"$Id$\nline\n"
    assert not touched.exists()


def test_too_large_is_refused(server: Server, repository: Path, tmp_path: Path) -> None:
    (repository / "data").write_bytes(bytes(3_000_000))
    commit(repository)
    with pytest.raises(IntakeError, match="larger than"):
        fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server, max_bytes=1_000_000))


def test_a_missing_branch_and_a_missing_repository_are_told(server: Server, repository: Path, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no branch, tag or commit 'nowhere'"):
        fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", ref="nowhere", rules=rules(server))
    with pytest.raises(IntakeError, match="cannot be fetched"):
        fetch_git(f"http://{place(server)}/other.git", tmp_path / "out", rules=rules(server))


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        patient = GitRules(allowed_hosts=frozenset({where}), timeout_seconds=1)
        with pytest.raises(IntakeError, match="longer than 1 s"):
            fetch_git(f"http://{where}/project.git", tmp_path / "out", rules=patient)
