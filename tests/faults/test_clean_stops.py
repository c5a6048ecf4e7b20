"""Ctrl-C during an exam: it goes back into the queue, however often, and only a death is held against it."""

import signal

import pytest

from lms.models import Examination, Report, db
from lms.services import examinations, submissions
from tests.factories.offers import PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import Platform, naming, platform, until

pytestmark = pytest.mark.linux
WARM, COLD = (signal.SIGTERM,), (signal.SIGQUIT,)
SUPERVISED, IMPATIENT = (signal.SIGTERM, signal.SIGQUIT), (signal.SIGINT, signal.SIGINT)
STOPS = (WARM, COLD, SUPERVISED, IMPATIENT)


def test_stops_in_good_order_are_not_counted(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "beat")
        assert len(STOPS) > examinations.MOST_DEATHS
        submitted = submissions.submit_zip(
            create_user(), PROJECT, small_zip(seconds=6), filename="a.zip", form_key="form-key-1"
        )
        for signals in STOPS:
            run.start("exams")
            until(f"the exam, to be stopped by {signals}", lambda: _row().events)
            run.stop("exams", *signals)
            row = _row()
            assert (row.status, row.lost_leases, row.tries, row.lease_owner) == ("queued", 0, 0, None), run.log("exams")
            assert not naming(f"{run.settings.instance_folder}/exams/exam-")
        _a_death_counts(run)
        run.start("exams")
        until("the report", lambda: db.session.scalars(db.select(Report)).all())
        report = db.session.scalars(db.select(Report)).one()
        assert (report.submission_id, report.verdict) == (submitted.id, "passed")


def _a_death_counts(run: Platform) -> None:
    """And a clean stop after it does not wash it off."""
    run.start("exams")
    until("the exam, to be killed", lambda: _row().events)
    run.kill("exams")
    fence = _row().fence
    run.start("exams")
    until("the exam, to be stopped after a death", lambda: _row().fence > fence and _row().events)
    run.stop("exams")
    assert (_row().status, _row().lost_leases) == ("queued", 1)


def _row() -> Examination:
    newest = db.select(Examination).execution_options(populate_existing=True)
    found: Examination = db.session.scalars(newest).one()
    db.session.commit()
    return found
