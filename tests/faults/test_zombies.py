"""A worker that slept through its lease and wakes up: its word does not count any more."""

import pytest

from lms.models import Examination, Lab, Report, User, db
from lms.services import examinations, labs, leases, submissions
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.integration.services_exams.conftest import Examiner


def test_its_view_of_a_lab_is_not_written(learner: User) -> None:
    lab = labs.start(learner, LAB)
    zombie = leases.take(Lab, lab.id, owner="zombie", seconds=-1)
    living = leases.take(Lab, lab.id, owner="living", seconds=60)
    assert zombie and living
    leases.release(living, state="ready")
    with pytest.raises(leases.LeaseLost):
        leases.release(zombie, state="failed")
    db.session.rollback()
    assert labs.owned(learner, lab.id).state == "ready"


def test_its_report_is_not_written(learner: User) -> None:
    """It began first and ends last, with another verdict."""
    submission = submissions.submit_zip(learner, PROJECT, small_zip(), filename="a.zip", form_key="form-key-1")
    row = db.session.scalars(db.select(Examination)).one()
    zombie = leases.take(Examination, row.id, owner="zombie", seconds=-1)
    assert zombie
    examiner = Examiner()
    examinations.reconcile(row.id, owner="living", examine=examiner)
    examiner.points = 0
    with pytest.raises(leases.LeaseLost):
        examinations._record(zombie, row, examiner.report(PROJECT))
    db.session.rollback()
    report = db.session.scalars(db.select(Report).where(Report.submission_id == submission.id)).one()
    assert report.verdict == "passed"
    assert db.session.get_one(Examination, row.id, populate_existing=True).fence == 2
