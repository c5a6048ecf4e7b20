"""Kill -9 of worker, broker and beat while they work: nothing accepted is lost, nothing is left over."""

from functools import partial

import pytest

from labs.providers.machine import processes
from lms.models import Examination, Report, User, db
from lms.services import hints, lab_views, labs, submission_views, submissions
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import Platform, naming, platform, until

pytestmark = pytest.mark.linux


def test_killed_workers_are_followed_by_others(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "exams", "beat")
        learner = create_user()
        labs.start(learner, LAB)
        submission = _submit(learner, "form-key-1", seconds=3)
        until("the exam to be under way", lambda: _events(submission) > 2)
        run.kill("exams")
        run.kill("labs")
        until("the examiner to end", lambda: not naming(f"{run.settings.instance_folder}/exams/exam-"), seconds=10)
        run.start("labs", "exams")
        _all_is_well(run, learner, [submission])


def test_messages_may_be_lost_and_the_broker_killed(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "exams", "beat")
        learner = create_user()
        first = _submit(learner, "form-key-1", seconds=1)
        run.valkey("FLUSHALL")
        run.kill("broker")
        labs.start(learner, LAB)
        second = _submit(learner, "form-key-2")
        run.kill("beat")
        run.start("broker", "beat")
        hints.install(None)  # from now on every message of ours is lost
        third = _submit(learner, "form-key-3")
        _all_is_well(run, learner, [first, second, third])


def _submit(learner: User, form_key: str, *, seconds: float = 0) -> int:
    zipped = small_zip(seconds=seconds)
    return submissions.submit_zip(learner, PROJECT, zipped, filename="a.zip", form_key=form_key).id


def _events(submission_id: int) -> int:
    return len(submission_views.view(submission_id).events)


def _is_examined(submission_id: int) -> bool:
    return submission_views.view(submission_id).settled


def _all_is_well(run: Platform, learner: User, accepted: list[int]) -> None:
    """One lab runs, each submission has its one report, and nothing else lives."""
    until("the lab", lambda: lab_views.view(learner, LAB).shown == "ready")
    for submission_id in accepted:
        until(f"the report of {submission_id}", partial(_is_examined, submission_id))
    verdicts = [(report.submission_id, report.verdict) for report in db.session.scalars(db.select(Report))]
    assert sorted(verdicts) == [(submission_id, "passed") for submission_id in accepted]
    assert {row.status for row in db.session.scalars(db.select(Examination))} == {"done"}
    db.session.commit()
    lab = labs.live(learner)[0]
    assert len(processes.marked(f"{run.settings.installation}/{lab.name}")) == 1
    until("the examiners to be gone", lambda: not naming(f"{run.settings.instance_folder}/exams/exam-"), seconds=10)
