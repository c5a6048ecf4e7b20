"""What every probe is: a typed request, what it needs collected from the lab, and a judgement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from labs.exams.findings import Finding
from labs.exams.replies import Asker
from labs.ports import CommandResult
from schema import Content
from schema.content import Text


@dataclass(frozen=True)
class Evidence:
    """What a probe may look at: the lab over HTTP, and what was collected from its workspace."""

    asker: Asker
    files: dict[str, bytes | None] = field(default_factory=dict)
    command: CommandResult | None = None


class CommandNeed(Content):
    """A command to be run in the lab before judging."""

    run: tuple[str, ...]
    timeout_seconds: float


class Probe(Content, ABC):
    """A check's `with`: what is looked for."""

    patience_seconds: ClassVar[float] = 0.0
    """For how long it is judged again before it fails: what will hold in a moment was done right."""

    def files(self) -> tuple[str, ...]:
        """Paths in the workspace whose bytes the judgement needs."""
        return ()

    def command(self) -> CommandNeed | None:
        """A command whose result the judgement needs."""
        return None

    @abstractmethod
    def judge(self, evidence: Evidence) -> Finding:
        """Look and say what was looked for and found; raise Unreachable when the lab did not answer."""


class CheckBase(Content):
    """A check as an author writes it; `with` belongs to the probe.

    `says` is what a learner is told was looked for. Without it the probe says it, with the values that it wants: right
    where the step states them, and wrong where finding them is the exercise.
    """

    title: Text
    says: Text | None = None
    hint: Text


class Bounds(Content):
    """Limits on a number, both inclusive."""

    min: float | None = None
    max: float | None = None

    def holds(self, value: float) -> bool:
        """Say whether the value is within; nan never is."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max) and value == value

    def __str__(self) -> str:
        if self.min is not None and self.max is not None:
            return f"from {self.min:g} to {self.max:g}"
        if self.min is not None:
            return f"at least {self.min:g}"
        return f"at most {self.max:g}" if self.max is not None else "any number"


class Count(Content):
    """How many there must be."""

    min: int = Field(default=1, ge=0)
    max: int | None = Field(default=None, ge=0)

    def holds(self, value: int) -> bool:
        """Say whether the number is within."""
        return value >= self.min and (self.max is None or value <= self.max)

    def __str__(self) -> str:
        if self.max is None:
            return f"at least {self.min}"
        return f"exactly {self.min}" if self.min == self.max else f"{self.min} to {self.max}"


def _inside_workspace(path: str) -> str:
    if path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise ValueError("the path must lie inside the workspace, without '..' and no '/' at its start")
    return path


Path = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_inside_workspace)]
Wanted = Annotated[str, Field(max_length=500)]
ANYTHING: Literal["*"] = "*"


def matches(wanted: str, value: object) -> bool:
    """Say whether a text is the wanted one; `*` wants any that is not empty."""
    return (value is not None and value != "") if wanted == ANYTHING else value == wanted


def described(wanted: dict[str, str]) -> str:
    """Name wanted keys and values in a sentence."""
    return ", ".join(key if value == ANYTHING else f"{key}={value}" for key, value in wanted.items())
