"""Where exams are held off this machine: a port, whose makers are in `labs.exams.hosts` and loaded by workers only."""

from collections.abc import Callable
from typing import Protocol

from labs.exams.events import Event
from labs.exams.plan import Plan
from labs.exams.report import Findings, Isolation


class ExamHost(Protocol):
    """Holds one exam at a time for each caller; several callers never get into each other's way."""

    isolation: Isolation

    def hold(self, plan: Plan, *, seconds: float, on_event: Callable[[Event], None]) -> Findings:
        """The findings; an ExaminerBroke or an OurFault when it could not be held. Nothing of it is left after that.

        ProviderAway when engine or cluster were lost, also in the middle: then the next sweep removes what is left.
        """
        ...

    def sweep(self) -> None:
        """Remove what exams left whose caller was killed."""
        ...

    def end_all(self) -> bool:
        """Remove every exam of this installation, also one that is being held; whether there was one."""
        ...
