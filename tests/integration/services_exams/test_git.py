"""A submission by git URL, from a real git server on loopback."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.models import User
from lms.services import installation, submissions, uploads
from lms.services.errors import Invalid
from tests.factories.git_server import commit, git, git_server
from tests.factories.offers import PROJECT, small_zip


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a repository with the small submission, and its commit."""
    work = tmp_path / "served" / "project.git"
    with zipfile.ZipFile(small_zip()) as archive:
        archive.extractall(work)
    git(work, "init", "--quiet")
    first = commit(work)
    with git_server(tmp_path / "served") as server:
        yield f"http://{server.place}/project.git", first


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
