"""A real worker behind a real broker carries out what services write down."""

import base64
import json
import re
from functools import partial

import pytest
from valkey import Valkey

from labs.providers.machine import processes
from lms.models import Examination, LabCheck, db
from lms.services import hints, lab_checks, lab_views, labs, submission_views, submissions
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import Platform, naming, platform, until

pytestmark = pytest.mark.linux


def test_hints_alone_lead_through_a_lab_and_an_exam(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "exams")
        learner = create_user()
        lab = labs.start(learner, LAB)
        submission = submissions.submit_zip(learner, PROJECT, small_zip(), filename="a.zip", form_key="form-key-1")
        until("the lab", lambda: lab_views.view(learner, LAB).shown == "ready")
        assert len(processes.marked(f"{run.settings.installation}/{lab.name}")) == 1

        (run.settings.instance_folder / "labs" / lab.name / "work" / "answer.txt").write_text("42")
        check = lab_checks.ask(learner, lab.id, "answer")
        until("the check", lambda: _status(check.id) == "done")
        assert lab_views.view(learner, LAB).steps[0].passed_at

        until("the report", lambda: submission_views.view(submission.id).settled)
        report = submission_views.view(submission.id).report
        assert report and report.verdict == "passed"

        labs.stop(learner, lab.id)
        until("the stop", lambda: lab_views.view(learner, LAB).shown == "stopped")
        assert not processes.marked(f"{run.settings.installation}/{lab.name}")
        assert not naming(str(run.settings.instance_folder / "exams"))


def test_the_sweep_asks_for_every_exam_that_is_due_and_for_each_once(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "beat")
        hints.install(None)  # nobody but the sweep tells of them
        learner = create_user()
        handed_in = [
            submissions.submit_zip(
                learner, PROJECT, small_zip(seconds=1), filename="a.zip", form_key=f"form-key-{number}"
            ).id
            for number in range(3)
        ]
        rows = set(db.session.scalars(db.select(Examination.id)))
        until("all three in the queue of messages", lambda: set(_asked_for(run)) == rows)
        swept = run.log("labs").count("academy.sweep was")
        until("two sweeps more", lambda: run.log("labs").count("academy.sweep was") > swept + 1)
        assert not re.search("received|succeeded in", run.log("labs")), "the log is for what goes wrong"
        assert sorted(_asked_for(run)) == sorted(rows)
        run.start("exams")
        for one in handed_in:
            until(f"the report of {one}", partial(_is_examined, one))


def _is_examined(submission_id: int) -> bool:
    return submission_views.view(submission_id).settled


def _asked_for(run: Platform) -> list[int]:
    """The examinations that messages name which nobody took yet."""
    with Valkey(unix_socket_path=str(run.socket)) as client:
        messages = [json.loads(one) for one in client.lrange("exams", 0, -1)]
    return [json.loads(base64.b64decode(one["body"]))[0][0] for one in messages]


def _status(check_id: int) -> str:
    status: str = db.session.scalars(db.select(LabCheck.status).where(LabCheck.id == check_id)).one()
    db.session.commit()
    return status
