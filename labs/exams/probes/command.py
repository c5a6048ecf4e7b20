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
        if wrong:
            said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
            return self._finding(False, listed(wrong) + (f"; it said: {short(said[-1])}" if said else ""))
        return self._finding(True, f"it ended with {ran.exit}, as asked")

    def _finding(self, passed: bool, found: str) -> Finding:
        parts = [f"ends with {self.exit}"]
        parts += [f"prints {listed(list(self.stdout))}"] if self.stdout else []
        parts += [f"reports {listed(list(self.stderr))}"] if self.stderr else []
        looked_for = f"`{_shown(self.run)}` {' and '.join(parts)}"
        return Finding(passed=passed, looked_for=looked_for, found=found)


def _shown(run: tuple[str, ...]) -> str:
    """Show a command; a whole script among its arguments tells a learner nothing."""
    return short(" ".join("…" if len(part) > 60 or "\n" in part else part for part in run))


class CommandCheck(CheckBase):
    """A check by `command`."""

    probe: Literal["command"]
    with_: Command = Field(alias="with")
