"""`file.text`: a text file of the workspace matches patterns, and does not match others."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from labs.exams.findings import Finding, listed
from labs.exams.probes.base import CheckBase, Evidence, Path, Probe
from labs.exams.probes.patterns import Patterns, by_words, found_in


class FileText(Probe):
    """A file and regular expressions, each perhaps by the words for what it stands for."""

    path: Path
    matches: Patterns = ()
    absent: Patterns = ()

    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.path,)

    def judge(self, evidence: Evidence) -> Finding:
        """Search the file for each pattern."""
        data = evidence.files.get(self.path)
        if data is None:
            return self._finding(False, f"there is no file {self.path} in the workspace")
        text = data.decode(errors="replace")
        wrong = [f"no {words}" for words, pattern in by_words(self.matches).items() if not found_in(pattern, text)]
        wrong += [f"there is {words}" for words, pattern in by_words(self.absent).items() if found_in(pattern, text)]
        return self._finding(not wrong, listed(wrong) if wrong else f"{self.path} is there and has it all")

    def _finding(self, passed: bool, found: str) -> Finding:
        parts = [f"with {listed(list(by_words(self.matches)))}"] if self.matches else []
        parts += [f"without {listed(list(by_words(self.absent)))}"] if self.absent else []
        return Finding(passed=passed, looked_for=f"a file {self.path} {' and '.join(parts)}".strip(), found=found)


class FileTextCheck(CheckBase):
    """A check by `file.text`."""

    probe: Literal["file.text"]
    with_: FileText = Field(alias="with")
