"""Names and labels of what an exam has on an engine. None has a lab's label, so that nobody takes it for a lab's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labs.providers.docker import names

EXAM, PART, BEGAN = "academy.exam", "academy.exam-part", "academy.exam-began"


@dataclass(frozen=True)
class ExamName:
    """One holding of one exam: the identity is new each time, so that two of one submission never meet."""

    installation: str
    identity: str
    began: int

    def of(self, *parts: str) -> str:
        """Name something of it."""
        return names.of(self.installation, f"exam-{self.identity}", *parts)

    def labels(self, part: str) -> dict[str, str]:
        """Say what something is."""
        return {names.INSTALLATION: self.installation, EXAM: self.identity, PART: part, BEGAN: str(self.began)}

    @property
    def only(self) -> list[str]:
        """The filter that finds all of it."""
        return [f"{names.INSTALLATION}={self.installation}", f"{EXAM}={self.identity}"]


def all_of(installation: str) -> list[str]:
    """The filter that finds all that exams of an installation have."""
    return [f"{names.INSTALLATION}={installation}", EXAM]


def began(labels: Mapping[str, str]) -> float:
    """When an exam began; long ago when somebody else wrote the label."""
    text = labels.get(BEGAN, "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
