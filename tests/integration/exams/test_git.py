"""Fetching from one real server on loopback: pinned, shallow, and deaf to what the repository asks for."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.exams.errors import IntakeError
from labs.exams.git import fetch_git
from labs.exams.git_address import GitRules
from tests.factories.git_server import Server, commit, git, git_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "served").mkdir()
    with git_server(tmp_path / "served") as running:
        yield running


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
    with git_server(server.root) as private:
        server.redirect_to = f"http://{place(private)}"
        with pytest.raises(IntakeError, match=r"redirect"):
            fetch_git(f"http://{place(server)}/project.git", tmp_path / "out", rules=rules(server))
        assert private.asked == []


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
