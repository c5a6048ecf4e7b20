"""A learner with the small project, and an examiner that does as the test says."""

from collections.abc import Callable

import pytest

from labs.exams.events import PhaseStarted
from labs.exams.report import CriterionResult, Fault, Report, Verdict, Versions
from lms.models import Examination, Submission, User, db
from lms.services import examinations, submissions
from lms.services.exam_thread import Tell, Work
from tests.factories.offers import PROJECT, small_zip
from tests.factories.without_pages import app, learner

__all__ = ["app", "learner"]

Submit = Callable[..., Submission]


@pytest.fixture
def submit(learner: User) -> Submit:
    def do(*, form_key: str = "form-key-1", answer: str = "42", by: User | None = None) -> Submission:
        return submissions.submit_zip(
            by or learner, PROJECT, small_zip(answer=answer), filename="work.zip", form_key=form_key
        )

    return do


class Examiner:
    """Gives the report that it was told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.points = 60.0
        self.fault: Fault | None = None
        self.breaks: Exception | None = None
        self.begins = True
        self.asked = 0

    def __call__(self, work: Work, tell: Tell) -> Report:
        self.asked += 1
        if self.begins:
            tell(PhaseStarted(name="reading"))
        if self.breaks:
            raise self.breaks
        return self.report(work.project_slug)

    def report(self, project: str) -> Report:
        total = 0 if self.fault else self.points + 40
        verdict: Verdict = "not gradable" if self.fault else "passed" if total >= 70 else "failed"
        return Report(
            project=project,
            verdict=verdict,
            fault=self.fault,
            message="It was examined.",
            isolation="none",
            points=total,
            max_points=100,
            pass_points=70,
            criteria=[] if self.fault else [_result("answer", self.points, 60), _result("presence", 40, 40)],
            seconds=12,
            versions=Versions(examiner="1", content="1"),
        )


def _result(criterion: str, points: float, most: float) -> CriterionResult:
    return CriterionResult(id=criterion, title=criterion, points=points, max_points=most, measured="It.", limit="42")


@pytest.fixture
def examiner() -> Examiner:
    return Examiner()


def examine(examiner: Examiner) -> None:
    """Whatever is due, without the pauses between tries."""
    db.session.execute(db.update(Examination).values(not_before=None))
    db.session.commit()
    for examination_id in examinations.due():
        examinations.reconcile(examination_id, owner="a worker", examine=examiner)
