"""From the queue to the one report, and what happens when something of ours breaks."""

import threading

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from labs.errors import ProviderAway, ProviderUnopened
from labs.exams.errors import NOT_YOUR_FAULT
from lms.models import ActivityProgress, AuditEntry, CriterionOverride, Examination, Report, User, db
from lms.models.user import Role
from lms.services import examinations, leases, overrides, submission_attempts, submission_views, submissions
from lms.services.errors import Conflict, Invalid, NotFound
from lms.services.exam_thread import Tell, Work
from tests.factories.offers import PROJECT, PROJECT_ACTIVITY
from tests.factories.people import create_user
from tests.integration.services_exams.conftest import Examiner, Submit


def examine(examiner: Examiner) -> None:
    """Whatever is due, without the pauses between tries."""
    db.session.execute(db.update(Examination).values(not_before=None))
    db.session.commit()
    for examination_id in examinations.due():
        examinations.reconcile(examination_id, owner="a worker", examine=examiner)


def test_an_exam_ends_in_one_report_and_a_finished_activity(submit: Submit, examiner: Examiner) -> None:
    submission = submit()
    examine(examiner)
    view = submission_views.view(submission.id)
    assert (view.status, view.settled, view.position) == ("done", True, None)
    assert [event["kind"] for event in view.events] == ["phase-started"]
    assert view.report and (view.report.verdict, view.report.points) == ("passed", 100)
    row = db.session.scalars(db.select(ActivityProgress)).one()
    assert (row.activity_uuid, row.score_percent) == (PROJECT_ACTIVITY, 100)
    examine(examiner)
    assert examiner.asked == 1


def test_failed_work_finishes_nothing(submit: Submit, examiner: Examiner) -> None:
    examiner.points = 0
    submission = submit()
    examine(examiner)
    report = submission_views.view(submission.id).report
    assert report and (report.verdict, report.points) == ("failed", 40)
    assert not db.session.scalars(db.select(ActivityProgress)).all()


def test_waiting_exams_know_their_place(submit: Submit, examiner: Examiner) -> None:
    first = submit(form_key="form-key-1")
    examine(examiner)
    second, third = submit(form_key="form-key-2"), submit(form_key="form-key-3")
    views = submission_views.latest([first.id, second.id, third.id])
    assert [views[one.id].position for one in (first, second, third)] == [None, 1, 2]
    assert views[third.id].expected_wait_seconds == 12


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


def test_an_exam_that_is_tried_again_is_not_overtaken(submit: Submit, examiner: Examiner) -> None:
    """Neither while it rests, nor by a hint of the later one that is already on its way."""
    examiner.fault = "platform"
    older = submission_views.view(submit(form_key="form-key-1").id).examination_id
    examinations.reconcile(older, owner="a worker", examine=examiner)
    examiner.fault = None
    later = submission_views.view(submit(form_key="form-key-2").id).examination_id
    assert examinations.due() == [], "the older one rests"
    examinations.reconcile(later, owner="a worker", examine=examiner)
    assert examiner.asked == 1
    view = submission_views.view(db.session.get_one(Examination, older).submission_id)
    assert (view.status, view.position, view.events) == ("queued", 1, []) and view.again_at
    db.session.execute(db.update(Examination).values(not_before=None))
    db.session.commit()
    assert examinations.due() == [older, later]
    examinations.reconcile(later, owner="a worker", examine=examiner)
    assert examiner.asked == 1, "its time has come, so it goes first"
    for examination_id in (older, later):
        examinations.reconcile(examination_id, owner="a worker", examine=examiner)
    assert [row.status for row in db.session.scalars(db.select(Examination))] == ["done", "done"]


def test_an_older_exam_that_is_held_keeps_nobody_waiting(submit: Submit, examiner: Examiner) -> None:
    older = submission_views.view(submit(form_key="form-key-1").id).examination_id
    later = submission_views.view(submit(form_key="form-key-2").id).examination_id
    assert leases.take(Examination, older, owner="another", seconds=60)
    assert examinations.due() == [later]
    examinations.reconcile(later, owner="a worker", examine=examiner)
    assert examiner.asked == 1


def test_what_the_learner_must_mend_is_a_report(submit: Submit, examiner: Examiner, learner: User) -> None:
    examiner.fault = "learner"
    submission = submit()
    examine(examiner)
    report = submission_views.view(submission.id).report
    assert report and report.verdict == "not gradable"
    assert submission_attempts.left(learner.id, submissions.project(PROJECT)) == 2


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
    from lms.services import uploads

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

    def slow(work: Work, tell: Tell) -> object:
        from labs.exams.events import Progress

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

    assert examinations.reconcile(examination_id, owner="zombie", examine=slow) is None  # type: ignore[arg-type]  # never returns
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

    def silent(work: Work, tell: Tell) -> object:
        with app.app_context():
            while not seen or seen[-1][0] != "queued":
                row = db.session.get_one(Examination, examination_id, populate_existing=True)
                seen.append((row.status, row.lost_leases, row.lease_owner))
                db.session.commit()
        raise OSError("it was cut off")

    assert examinations.reconcile(examination_id, owner="stops", examine=silent, stopping=lambda: True) is None  # type: ignore[arg-type]  # never returns
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


def test_a_report_never_changes(submit: Submit, examiner: Examiner) -> None:
    """A second exam of the same revision, held by whoever did not know of the first, changes nothing."""
    submission = submit()
    examine(examiner)
    db.session.execute(db.update(Examination).values(status="queued"))
    db.session.commit()
    examiner.points = 0
    examine(examiner)
    report = db.session.scalars(db.select(Report)).one()
    assert (report.verdict, report.points) == ("passed", 100)
    assert submission_views.view(submission.id).status == "done"


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
