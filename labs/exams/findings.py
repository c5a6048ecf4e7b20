"""What a check says: the sentences that a learner reads. Text that came from a lab is shortened and made printable."""

from __future__ import annotations

import json
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Finding(BaseModel):
    """What one probe looked for and what it found; `passed` is the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: bool
    looked_for: str
    found: str


class CheckReport(BaseModel):
    """One check of a step. `error` is a fault of ours: it is no verdict, and nobody loses by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    status: Literal["passed", "failed", "error"]
    looked_for: str = ""
    found: str = ""
    hint: str = ""


class StepReport(BaseModel):
    """One step, checked. With status `error`, `passed` is False and means nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    status: Literal["judged", "error"]
    passed: bool
    checks: tuple[CheckReport, ...] = ()
    problem: str = ""
    seconds: float = 0.0


def short(value: object, limit: int = 160) -> str:
    """Show a value that came from a lab: printable, one line, at most `limit` characters."""
    text = value if isinstance(value, str) else repr(value)
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(text[: limit * 4].split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def as_written(value: object, limit: int = 160) -> str:
    """Show a value of a JSON or YAML file in the file's words: null, true and false are no Python."""
    return json.dumps(value) if value is None or isinstance(value, bool) else short(value, limit)


def listed(values: list[str], *, most: int = 5) -> str:
    """Name a few of many values."""
    shown = ", ".join(short(value, 60) for value in values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown or "none"
