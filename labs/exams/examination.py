"""What a project's examiner works with: phases, criteria, and the learner's services."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from labs.exams.events import CriterionDecided, PhaseEnded, PhaseStarted, Progress
from labs.exams.manifest import Manifest, read_manifest
from labs.exams.plan import Plan
from labs.exams.report import CriterionResult, Evidence, Findings, Phase, Strict
from labs.exams.runner import Runner


class Examination:
    """One exam in progress, seen from inside the examiner process."""

    def __init__(self, plan: Plan, *, send: Callable[[bytes], None], runner: Runner) -> None:
        self.plan, self.runner = plan, runner
        self._send = send
        self._criteria: dict[str, CriterionResult] = {}
        self._phases: list[Phase] = []

    def send(self, line: Strict) -> None:
        """One line of JSON to the host."""
        self._send(line.model_dump_json().encode() + b"\n")

    def progress(self, text: str) -> None:
        """Say how far things are."""
        self.send(Progress(text=text))

    @asynccontextmanager
    async def phase(self, name: str) -> AsyncIterator[None]:
        """A named, timed part of the exam."""
        self.send(PhaseStarted(name=name))
        started = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - started
            self._phases.append(Phase(name=name, seconds=seconds))
            self.send(PhaseEnded(name=name, seconds=seconds))

    def decide(
        self,
        criterion_id: str,
        *,
        passed: bool,
        measured: str,
        advice: str = "",
        evidence: list[Evidence] | None = None,
    ) -> None:
        """Give or refuse all points of a published criterion; advice is kept only where it lost them."""
        planned = next(item for item in self.plan.criteria if item.id == criterion_id)
        if criterion_id in self._criteria:
            raise RuntimeError(f"the criterion {criterion_id} was decided twice")
        result = CriterionResult(
            id=planned.id,
            title=planned.title,
            points=planned.points if passed else 0,
            max_points=planned.points,
            measured=measured[:2000],
            limit=planned.limit,
            advice="" if passed else advice,
            evidence=evidence or [],
        )
        self._criteria[criterion_id] = result
        self.send(CriterionDecided(result=result))

    def manifest(self, *services: str) -> Manifest:
        """The submission's academy.yaml, which must declare `services`."""
        return read_manifest(self.plan.submission, project=self.plan.project, services=services)

    def findings(
        self,
        *,
        learner_fault: str | None = None,
        platform_fault: str | None = None,
        evidence: list[Evidence] | None = None,
    ) -> Findings:
        """Everything decided so far, in the published order."""
        order = [item.id for item in self.plan.criteria if item.id in self._criteria]
        return Findings(
            learner_fault=learner_fault[:2000] if learner_fault is not None else None,
            platform_fault=platform_fault,
            evidence=evidence or [],
            criteria=[self._criteria[criterion_id] for criterion_id in order],
            phases=self._phases,
        )
