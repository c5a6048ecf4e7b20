"""The upload store: files named by their SHA-256, whole or absent.

A stored upload is on the disk (file and folder fsynced) before `store` returns; only then may a row name it. An upload
that breaks off leaves a temporary file that nobody names, which `sweep` removes.
"""

import contextlib
import dataclasses
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

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
        self.temporary.replace(final)
        _sync_folder(final.parent)
        _sync_folder(final.parent.parent)
        return Stored(self.sha256, self.size, final)


@contextlib.contextmanager
def receive(stream: Readable) -> Iterator[Received]:
    """Read the stream into a temporary file, which goes at the end unless it was accepted; Invalid when too large."""
    waiting = folder() / "incoming"
    waiting.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=waiting, prefix="upload-")
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


def sweep(*, older_than: float = STALE_SECONDS) -> int:
    """Remove temporary files of uploads that broke off; how many there were."""
    border = time.time() - older_than
    removed = 0
    for path in (folder() / "incoming").glob("upload-*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < border:
                path.unlink()
                removed += 1
    return removed


def is_intact(sha256: str) -> bool:
    """Whether the stored bytes are still those that were accepted."""
    try:
        with path_of(sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
