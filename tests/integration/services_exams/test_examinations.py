"""From the queue to the one report, in the order of the queue."""

from lms.models import ActivityProgress, Examination, Report, User, db
from lms.services import examinations, leases, submission_attempts, submission_views, submissions
from tests.factories.offers import PROJECT, PROJECT_ACTIVITY
from tests.integration.services_exams.conftest import Examiner, Submit, examine


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
