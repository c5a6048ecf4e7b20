"""`file.text`: a text file of the workspace matches patterns, and does not match others."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from labs.exams.findings import Finding, listed
from labs.exams.probes.base import CheckBase, Evidence, Path, Probe
from labs.exams.probes.patterns import Pattern, found_in


class FileText(Probe):
    """A file and regular expressions."""

    path: Path
    matches: tuple[Pattern, ...] = ()
    absent: tuple[Pattern, ...] = ()

    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.path,)

    def judge(self, evidence: Evidence) -> Finding:
        """Search the file for each pattern."""
        data = evidence.files.get(self.path)
        if data is None:
            return self._finding(False, f"there is no file {self.path} in the workspace")
        text = data.decode(errors="replace")
        wrong = [f"nothing matches {pattern}" for pattern in self.matches if not found_in(pattern, text)]
        wrong += [f"something matches {pattern}" for pattern in self.absent if found_in(pattern, text)]
        return self._finding(not wrong, listed(wrong) if wrong else f"{self.path} is there and has it all")

    def _finding(self, passed: bool, found: str) -> Finding:
        parts = [f"matches {listed(list(self.matches))}"] if self.matches else []
        parts += [f"does not match {listed(list(self.absent))}"] if self.absent else []
        which = f" that {' and '.join(parts)}" if parts else ""
        return Finding(passed=passed, looked_for=f"a file {self.path}{which}", found=found)


class FileTextCheck(CheckBase):
    """A check by `file.text`."""

    probe: Literal["file.text"]
    with_: FileText = Field(alias="with")
