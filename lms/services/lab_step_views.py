"""What a page shows of the steps of a lab: the learner's standing, the hints so far, and the newest check."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import select

from labs.catalogue.model import Lab as LabFile
from labs.catalogue.model import Step
from lms.models import Lab, LabCheck, LabStep, User, db
from lms.services import lab_steps


@dataclasses.dataclass(frozen=True)
class CheckView:
    """The newest check of a step; `report` is a labs.exams.findings.StepReport as JSON once it is done."""

    check_id: int
    status: Literal["queued", "running", "done", "error"]
    passed: bool | None
    report: dict[str, Any] | None

    @property
    def open(self) -> bool:
        return self.status in ("queued", "running")


@dataclasses.dataclass(frozen=True)
class StepView:
    id: str
    title: str
    instructions: str
    attempts: int
    passed_at: dt.datetime | None
    hints: tuple[str, ...]
    hints_left: int
    check: CheckView | None


def steps(actor: User, written: LabFile, lab: Lab | None) -> tuple[StepView, ...]:
    """Every step of the lab file with the actor's standing and the newest check of this lab."""
    standing = lab_steps.standings(actor.id, written.uuid)
    checks = _newest_checks(lab)
    return tuple(_step(step, standing.get(step.id), checks.get(step.id)) for step in written.steps)


def _step(step: Step, row: LabStep | None, check: LabCheck | None) -> StepView:
    shown = row.hints_shown if row else 0
    return StepView(
        id=step.id,
        title=step.title,
        instructions=step.instructions,
        attempts=row.attempts if row else 0,
        passed_at=row.passed_at if row else None,
        hints=step.hints[:shown],
        hints_left=max(0, len(step.hints) - shown),
        check=_check(check) if check else None,
    )


def _check(check: LabCheck) -> CheckView:
    return CheckView(check_id=check.id, status=check.status, passed=check.passed, report=check.report)  # type: ignore[arg-type]  # the column holds these words only


def _newest_checks(lab: Lab | None) -> Mapping[str, LabCheck]:
    if lab is None:
        return {}
    rows = select(LabCheck).where(LabCheck.lab_id == lab.id).order_by(LabCheck.id)
    return {check.step_id: check for check in db.session.scalars(rows.execution_options(populate_existing=True))}
