"""`command`: a command in the lab ends with the asked exit code and output."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labs.exams.findings import Finding, listed, short
from labs.exams.probes.base import CheckBase, CommandNeed, Evidence, Probe
from labs.exams.probes.patterns import Pattern, found_in
from schema.content import Text


class Command(Probe):
    """A command and what it must give."""

    run: Annotated[tuple[Text, ...], Field(min_length=1)]
    exit: Annotated[int, Field(ge=0, le=255)] = 0
    stdout: tuple[Pattern, ...] = ()
    stderr: tuple[Pattern, ...] = ()
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 60

    def command(self) -> CommandNeed:
        """The command."""
        return CommandNeed(run=self.run, timeout_seconds=self.timeout_seconds)

    def judge(self, evidence: Evidence) -> Finding:
        """Compare how the command ended."""
        ran = evidence.command
        if ran is None or ran.exit is None:
            return self._finding(False, f"it did not end within {self.timeout_seconds:g} s")
        wrong = [f"it ended with {ran.exit}"] if ran.exit != self.exit else []
        wrong += [
            f"its output has no match for {pattern}" for pattern in self.stdout if not found_in(pattern, ran.stdout)
        ]
        wrong += [
            f"its errors have no match for {pattern}" for pattern in self.stderr if not found_in(pattern, ran.stderr)
        ]
        said = _last_line(ran.stderr.strip() or ran.stdout if wrong else ran.stdout)
        if said and self._is_script():
            return self._finding(not wrong, said)
        if wrong:
            return self._finding(False, listed(wrong) + (f"; it said: {said}" if said else ""))
        return self._finding(True, f"it ended with {ran.exit}, as asked")

    def _is_script(self) -> bool:
        """Say whether the check brings its own script: how that ends means nothing to a learner, what it says does."""
        return any("\n" in part for part in self.run)

    @staticmethod
    def _finding(passed: bool, found: str) -> Finding:
        return Finding(passed=passed, looked_for="", found=found)


def _last_line(output: str) -> str:
    """What the command said last; an exception of Python's is introduced as one."""
    last = short((["", *output.strip().splitlines()])[-1], 300)
    return f"the check could not read what is there ({last})" if "Traceback (most recent call last)" in output else last


class CommandCheck(CheckBase):
    """A check by `command`; what it looks for only its author can say."""

    says: Text
    probe: Literal["command"]
    with_: Command = Field(alias="with")
