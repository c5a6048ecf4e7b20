"""What a provider notes on this machine's disk: whole or not at all, and for the owner only."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

#: Beside the folders of labs: which database of the platform was here last.
EPOCH = ".epoch"
NotedT = TypeVar("NotedT", bound=BaseModel)


def read_epoch(root: Path) -> str | None:
    """What was noted last in this folder of labs."""
    try:
        return (root / EPOCH).read_text()
    except FileNotFoundError:
        return None


def write_private(path: Path, text: str) -> None:
    """Write a file that only the owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{uuid.uuid4().hex}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read_noted(path: Path, model: type[NotedT]) -> NotedT | None:
    """Read what was written as JSON; None when there is nothing, or when it cannot be read (it is then made anew)."""
    try:
        return model.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
