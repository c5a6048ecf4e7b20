"""What staff may do with work that was examined: have it examined anew, and set a criterion with a reason."""

import pytest
from sqlalchemy.exc import DBAPIError

from lms.models import ActivityProgress, AuditEntry, CriterionOverride, Report, User, db
from lms.models.user import Role
from lms.services import overrides, submission_views, submissions
from lms.services.errors import Conflict, Invalid, NotFound
from tests.factories.people import create_user
from tests.integration.services_exams.conftest import Examiner, Submit, examine


def test_staff_examine_anew_as_the_next_revision(submit: Submit, examiner: Examiner) -> None:
    staff = create_user(role=Role.ADMINISTRATOR)
    submission = submit()
    with pytest.raises(Conflict):
        submissions.regrade(staff, submission.id, reason="too early")
    examiner.points = 0
    examine(examiner)
    submissions.regrade(staff, submission.id, reason="the examiner was mended")
    examiner.points = 60
    examine(examiner)
    report = submission_views.view(submission.id).report
    assert report and (report.revision, report.verdict) == (2, "passed")
    assert len(db.session.scalars(db.select(Report)).all()) == 2
    with pytest.raises(NotFound):
        submissions.regrade(create_user(), submission.id, reason="no business of theirs")


def test_an_override_counts_and_stands_in_the_trail(submit: Submit, examiner: Examiner, learner: User) -> None:
    staff = create_user(role=Role.ADMINISTRATOR, name="Grace Instructor")
    examiner.points = 0
    submission = submit()
    examine(examiner)
    before = submission_views.view(submission.id).report
    assert before
    overrides.override_criterion(staff, before.report_id, "answer", passed=True, reason="Their plot shows it.")
    after = submission_views.view(submission.id).report
    assert after and (after.verdict, after.points, after.overridden) == ("passed", 100, True)
    answer = after.criteria[0]
    assert (answer.points, answer.examined_points) == (60, 0)
    assert (answer.overrides[0].by, answer.overrides[0].reason) == ("Grace Instructor", "Their plot shows it.")
    assert db.session.scalars(db.select(ActivityProgress)).one().completed_at
    entry = db.session.scalars(db.select(AuditEntry)).one()
    assert (entry.before or {})["verdict"], (entry.after or {})["verdict"] == ("failed", "passed")
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(db.update(AuditEntry).values(reason="something else"))
    db.session.rollback()


def test_an_override_has_a_reason_and_is_a_teachers(submit: Submit, examiner: Examiner) -> None:
    staff = create_user(role=Role.ADMINISTRATOR)
    submission = submit()
    examine(examiner)
    report = submission_views.view(submission.id).report
    assert report
    with pytest.raises(Invalid):
        overrides.override_criterion(staff, report.report_id, "answer", passed=False, reason=" ")
    with pytest.raises(NotFound):
        overrides.override_criterion(create_user(), report.report_id, "answer", passed=True, reason="A stranger.")
    assert not db.session.scalars(db.select(CriterionOverride)).all()
