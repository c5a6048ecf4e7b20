"""The learner's folder as the exam sees it: a copy of plain files, within limits, named by its digest."""

import hashlib
import os
import stat
from pathlib import Path

from labs.exams.errors import IntakeError

MAX_BYTES = 100 * 1024 * 1024
MAX_FILES = 2_000
MAX_DEPTH = 12
LEFT_OUT = frozenset(
    {".git", ".venv", "venv", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
_CHUNK = 1024 * 1024


def copy_submission(source: Path, target: Path) -> None:
    """Copy plain files; an IntakeError says what was refused. Caches and environments are left out."""
    if not source.is_dir():
        raise IntakeError(f"{source} is not a folder. Name the folder that holds your academy.yaml.")
    target.mkdir(parents=True)
    _Copy(source, target).folder(Path(), depth=1)


class _Copy:
    def __init__(self, source: Path, target: Path) -> None:
        self.source, self.target = source, target
        self.files = 0
        self.bytes = 0

    def folder(self, relative: Path, *, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise IntakeError(f"{relative} is more than {MAX_DEPTH} folders deep. Flatten the submission.")
        for entry in sorted(os.scandir(self.source / relative), key=lambda entry: entry.name):
            inside = relative / entry.name
            if entry.name in LEFT_OUT:
                continue
            if entry.is_symlink():
                raise IntakeError(f"{inside} is a link. Put the file itself there.")
            self.count(inside)
            if entry.is_dir(follow_symlinks=False):
                (self.target / inside).mkdir()
                self.folder(inside, depth=depth + 1)
            else:
                self.file(inside)

    def count(self, inside: Path) -> None:
        self.files += 1
        if self.files > MAX_FILES:
            raise IntakeError(f"There are more than {MAX_FILES:,} files, {inside} is one too many. Leave data out.")

    def file(self, inside: Path) -> None:
        descriptor = os.open(self.source / inside, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as reader:
            state = os.fstat(reader.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise IntakeError(f"{inside} is no plain file. Leave it out.")
            with (self.target / inside).open("xb") as writer:
                while chunk := reader.read(_CHUNK):
                    self.bytes += len(chunk)
                    if self.bytes > MAX_BYTES:
                        limit = MAX_BYTES // (1024 * 1024)
                        raise IntakeError(f"The files are larger than {limit} MiB together. Leave data out.")
                    writer.write(chunk)
            if state.st_mode & stat.S_IXUSR:
                (self.target / inside).chmod(0o755)


def content_digest(folder: Path) -> str:
    """The same for the same names and bytes, wherever and whenever they were written."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{len(name)}:{name}:{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
