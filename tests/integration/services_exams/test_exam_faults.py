"""Something of ours breaks while work is examined: it costs the learner nothing, and ends in a report or with staff."""

import threading

import pytest
from flask import Flask

from labs.errors import ProviderAway, ProviderUnopened
from labs.exams.errors import NOT_YOUR_FAULT
from labs.exams.events import Progress
from labs.exams.report import Report as ExamReport
from lms.models import Examination, Report, User, db
from lms.services import examinations, leases, submission_attempts, submission_views, submissions, uploads
from lms.services.exam_thread import Tell, Work
from tests.factories.offers import PROJECT
from tests.integration.services_exams.conftest import Examiner, Submit, examine


@pytest.mark.parametrize("breaks", [None, OSError("disk full")])
def test_our_fault_is_tried_again_then_handed_to_staff_and_costs_nothing(
    submit: Submit, examiner: Examiner, learner: User, breaks: Exception | None
) -> None:
    examiner.fault, examiner.breaks = "platform", breaks
    submission = submit()
    examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, view.report) == ("queued", None)
    assert view.problem == ("It was examined." if breaks is None else f"{NOT_YOUR_FAULT} OSError: disk full")
    examine(examiner)
    examine(examiner)
    examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, examiner.asked) == ("needs staff", 3)
    assert not db.session.scalars(db.select(Report)).all()
    assert submission_attempts.left(learner.id, submissions.project(PROJECT)) == 3


@pytest.mark.parametrize("error", [ProviderAway("the engine is down"), ProviderUnopened("cluster.yaml is missing")])
def test_where_nobody_can_hold_exams_it_waits_with_the_reason_and_no_try_is_counted(
    submit: Submit, examiner: Examiner, learner: User, error: Exception
) -> None:
    examiner.breaks, examiner.begins = error, False
    submission = submit()
    for _ in range(2 * examinations.MOST_TRIES):
        examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, view.problem) == ("queued", f"{NOT_YOUR_FAULT} {error}")
    examiner.breaks = None
    examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, view.problem, view.report and view.report.verdict) == ("done", None, "passed")


def test_an_engine_lost_in_the_middle_costs_no_try_and_work_that_always_breaks_it_goes_to_staff(
    submit: Submit, examiner: Examiner, learner: User
) -> None:
    submission = submit()
    row = db.session.scalars(db.select(Examination)).one()
    for lost in range(1, examinations.MOST_DEATHS):
        for examiner.begins in (True, False):  # it is lost, and then away for a while
            examiner.breaks = ProviderAway("the engine is down")
            examine(examiner)
            db.session.refresh(row)
            assert (row.status, row.tries, row.lost_leases, row.events) == ("queued", 0, lost, [])
    examiner.breaks = None
    examine(examiner)
    report = submission_views.view(submission.id).report
    assert report and report.verdict == "passed"
    again = submit(form_key="form-key-2")
    examiner.breaks, examiner.begins = ProviderAway("the engine is down"), True
    for _ in range(examinations.MOST_DEATHS + 1):
        examine(examiner)
    given_up = submission_views.view(again.id)
    assert given_up.status == "needs staff" and "the engine is down" in (given_up.problem or "")
    assert submission_attempts.left(learner.id, submissions.project(PROJECT)) == 2, "the first counts, this does not"


def test_work_that_kills_its_workers_is_set_aside(submit: Submit, examiner: Examiner) -> None:
    submission = submit()
    examination_id = submission_views.view(submission.id).examination_id
    for _ in range(examinations.MOST_DEATHS):
        assert leases.take(Examination, examination_id, owner="dies", seconds=-1)
    examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, examiner.asked) == ("needs staff", 0)
    assert "3 times" in (view.problem or "")


def test_damaged_bytes_are_never_examined(submit: Submit, examiner: Examiner) -> None:
    submission = submit()
    uploads.path_of(submission.sha256).write_bytes(b"something else")
    examine(examiner)
    assert (submission_views.view(submission.id).status, examiner.asked) == ("needs staff", 0)


def test_an_exam_ends_when_its_lease_is_lost(
    app: Flask, submit: Submit, examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept through its lease writes nothing, and its exam stops."""
    monkeypatch.setattr("lms.services.exam_thread.WRITE_EVENTS_SECONDS", 0.05)
    examination_id = submission_views.view(submit().id).examination_id
    ended = threading.Event()

    def slow(work: Work, tell: Tell) -> ExamReport:
        with app.app_context():
            db.session.execute(db.update(Examination).values(lease_until=None))
            db.session.commit()
            assert leases.take(Examination, examination_id, owner="another", seconds=60)
        try:
            while True:
                tell(Progress(text="on and on"))
                threading.Event().wait(0.01)
        finally:
            ended.set()

    assert examinations.reconcile(examination_id, owner="zombie", examine=slow) is None
    assert ended.is_set()
    row = db.session.get_one(Examination, examination_id, populate_existing=True)
    assert row.lease_owner == "another"
    assert not db.session.scalars(db.select(Report)).all()


def test_a_stopping_worker_gives_the_exam_back_before_it_has_ended(
    app: Flask, submit: Submit, examiner: Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exam that says nothing for long must not keep a stop waiting; what was counted before stays counted."""
    monkeypatch.setattr("lms.services.exam_thread.WRITE_EVENTS_SECONDS", 0.01)
    examination_id = submission_views.view(submit().id).examination_id
    assert leases.take(Examination, examination_id, owner="dies", seconds=-1)
    seen: list[tuple[str, int, str | None]] = []

    def silent(work: Work, tell: Tell) -> ExamReport:
        with app.app_context():
            while not seen or seen[-1][0] != "queued":
                row = db.session.get_one(Examination, examination_id, populate_existing=True)
                seen.append((row.status, row.lost_leases, row.lease_owner))
                db.session.commit()
        raise OSError("it was cut off")

    assert examinations.reconcile(examination_id, owner="stops", examine=silent, stopping=lambda: True) is None
    assert seen[-1] == ("queued", 1, None)
    row = db.session.get_one(Examination, examination_id, populate_existing=True)
    assert (row.status, row.tries, row.lost_leases) == ("queued", 0, 1), "what broke while it was ended is no fault"
    examine(examiner)
    assert db.session.scalars(db.select(Report)).one().verdict == "passed"


def test_what_is_done_is_not_given_back(submit: Submit, examiner: Examiner) -> None:
    """A stop that comes a moment after the report changes nothing."""
    examination_id = submission_views.view(submit().id).examination_id
    examine(examiner)
    fence = db.session.get_one(Examination, examination_id, populate_existing=True).fence
    leases.give_back(leases.Lease(Examination, examination_id, fence), status="queued")
    assert db.session.get_one(Examination, examination_id, populate_existing=True).status == "done"
