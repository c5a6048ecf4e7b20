"""Whether what is handed in can be examined at all: it unpacks, can be fetched, and its manifest fits the project."""

from pathlib import Path
from urllib.parse import urlsplit

from labs.exams.errors import ExaminerBroke, IntakeError, ManifestError
from labs.exams.git import fetch_git
from labs.exams.git_address import GitRules
from labs.exams.intake import unpack_zip
from labs.exams.manifest import read_manifest
from labs.projects import Project
from lms.services import installation, uploads
from lms.services.errors import Busy, Invalid

GIT_SECONDS = 45.0


def check_zip(archive: Path, wanted: Project) -> None:
    """Invalid, with what to change, unless the zip unpacks and holds a manifest of this project."""
    with uploads.scratch() as own:
        try:
            unpack_zip(archive, own / "files")
        except IntakeError as refused:
            raise Invalid(str(refused), field="file") from refused
        check_manifest(own / "files", wanted, field="file")


def check_manifest(files: Path, wanted: Project, *, field: str) -> None:
    """Invalid for the form's field unless the files hold a manifest of this project."""
    try:
        read_manifest(files, project=wanted.slug)
    except ManifestError as wrong:
        raise Invalid(str(wrong), field=field) from wrong


def fetch(url: str, target: Path, *, ref: str | None) -> str:
    """The repository's files in `target`; the commit that they are pinned to."""
    trusted: frozenset[str] = frozenset()
    if installation.current().git_allow_private_addresses:
        trusted = frozenset({_place(url)})
    try:
        return fetch_git(url, target, ref=ref, rules=GitRules(allowed_hosts=trusted, timeout_seconds=GIT_SECONDS))
    except IntakeError as refused:
        raise Invalid(str(refused), field="git_url") from refused
    except ExaminerBroke as broke:
        raise Busy(f"Repositories cannot be fetched here at the moment: {broke} Upload a zip instead.") from broke


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    except ValueError:
        return ""
