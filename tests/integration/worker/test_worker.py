"""A real worker behind a real broker carries out what services write down."""

import pytest

from labs.providers.machine import processes
from lms.models import LabCheck, db
from lms.services import lab_checks, lab_views, labs, submission_views, submissions
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import naming, platform, until

pytestmark = pytest.mark.linux


def test_hints_alone_lead_through_a_lab_and_an_exam(databases: None) -> None:
    with platform() as (run, _):
        run.start("broker", "labs", "exams")
        learner = create_user()
        lab = labs.start(learner, LAB)
        submission = submissions.submit_zip(learner, PROJECT, small_zip(), filename="a.zip", form_key="form-key-1")
        until(lambda: lab_views.view(learner, LAB).shown == "ready", "the lab")
        assert len(processes.marked(f"{run.settings.installation}/{lab.name}")) == 1

        (run.settings.instance_folder / "labs" / lab.name / "work" / "answer.txt").write_text("42")
        check = lab_checks.ask(learner, lab.id, "answer")
        until(lambda: _status(check.id) == "done", "the check")
        assert lab_views.view(learner, LAB).steps[0].passed_at

        until(lambda: submission_views.view(submission.id).settled, "the report")
        report = submission_views.view(submission.id).report
        assert report and report.verdict == "passed"

        labs.stop(learner, lab.id)
        until(lambda: lab_views.view(learner, LAB).shown == "stopped", "the stop")
        assert not processes.marked(f"{run.settings.installation}/{lab.name}")
        assert not naming(str(run.settings.instance_folder / "exams"))


def _status(check_id: int) -> str:
    status = db.session.scalars(db.select(LabCheck.status).where(LabCheck.id == check_id)).one()
    db.session.commit()
    return status
