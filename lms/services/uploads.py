"""The upload store: files named by their SHA-256, whole or absent.

A stored upload is on the disk (file and folder fsynced) before `accept` returns; only then may a row name it. What a
killed process leaves (a half upload, work in progress, an accepted file without a row) is removed by `sweep`.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import select

from lms.models import Submission, db
from lms.services import installation
from lms.services.errors import Invalid

CHUNK = 256 * 1024
STALE_SECONDS = 24 * 3600.0
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclasses.dataclass(frozen=True)
class Stored:
    sha256: str
    size: int
    path: Path


def folder() -> Path:
    return installation.current().instance_folder / "uploads"


def path_of(sha256: str) -> Path:
    """Where the upload of this digest lies; the digest is checked, since a path is made of it."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return folder() / sha256[:2] / sha256


@dataclasses.dataclass(frozen=True)
class Received:
    """The bytes of an upload in a temporary file, not accepted yet."""

    temporary: Path
    sha256: str
    size: int

    def accept(self) -> Stored:
        """Give the upload its name, on the disk, before this returns; the same bytes twice are one file."""
        final = path_of(self.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        with _alone():
            self.temporary.replace(final)
        _sync_folder(final.parent)
        _sync_folder(final.parent.parent)
        return Stored(self.sha256, self.size, final)


@contextlib.contextmanager
def receive(stream: Readable) -> Iterator[Received]:
    """Read the stream into a temporary file, which goes at the end unless it was accepted; Invalid when too large."""
    descriptor, name = tempfile.mkstemp(dir=_incoming(), prefix="upload-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sha256, size = _copy(stream, file)
            file.flush()
            os.fsync(file.fileno())
        yield Received(temporary, sha256, size)
    finally:
        temporary.unlink(missing_ok=True)


def _copy(stream: Readable, file: IO[bytes]) -> tuple[str, int]:
    digest, size, limit = hashlib.sha256(), 0, installation.current().upload_bytes
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise Invalid(
                f"The file is larger than {limit // (1024 * 1024)} MiB. Leave data, models and environments out of it.",
                field="file",
            )
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise Invalid("The file is empty. Choose the zip of your project.", field="file")
    return digest.hexdigest(), size


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for work on an upload; one that a killed process leaves is swept."""
    with tempfile.TemporaryDirectory(dir=_incoming(), prefix="scratch-") as own:
        yield Path(own)


def _incoming() -> Path:
    path = folder() / "incoming"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Naming a file and removing one of the same name never cross, whatever the process."""
    with (folder() / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep(*, older_than: float = STALE_SECONDS) -> int:
    """Remove what nobody has named for so many seconds; how many files and folders there were."""
    border = time.time() - older_than
    left = [path for kind in ("upload-*", "scratch-*") for path in _incoming().glob(kind)]
    return sum(_remove(path, border) for path in left) + sum(_remove(path, border) for path in _unnamed())


def _unnamed() -> list[Path]:
    """Stored files that no row names: their process was killed before its commit, or the form had come before."""
    stored = [path for path in folder().glob("[0-9a-f][0-9a-f]/*") if _SHA256.fullmatch(path.name)]
    named = set(db.session.scalars(select(Submission.sha256)))
    db.session.commit()
    return [path for path in stored if path.name not in named]


def _remove(path: Path, border: float) -> bool:
    """A file that was accepted again meanwhile is young, and stays."""
    with _alone(), contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime < border:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
            return True
    return False


def is_intact(sha256: str) -> bool:
    """Whether the stored bytes are still those that were accepted."""
    try:
        with path_of(sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
