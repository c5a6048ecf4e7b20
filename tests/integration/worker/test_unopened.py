"""A real worker whose provider cannot be opened: it says why, row by row, and goes on by itself once that is mended."""

import os
from pathlib import Path

import pytest

from labs import images
from lms.models import Report, User, db
from lms.services import lab_views, labs, submission_views, submissions
from tests.factories import docker_images
from tests.factories.docker_instance import docker_platform
from tests.factories.offers import LAB, PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import until

pytestmark = [pytest.mark.linux, pytest.mark.docker, pytest.mark.timeout(600)]


def test_without_images_and_engine_it_waits_and_heals(databases: None, tmp_path: Path) -> None:
    engine = tmp_path / "engine.sock"
    with docker_platform(docker_engine=f"unix://{engine}") as run:
        run.start("broker", "labs", "exams")
        learner = create_user()
        labs.start(learner, LAB)
        handed_in = submissions.submit_zip(learner, PROJECT, small_zip(), filename="a.zip", form_key="form-key-1").id

        until("the named state", lambda: _trouble(learner)[0] == "unopened")
        assert str(run.settings.lab_images_file) in _trouble(learner)[1]
        until("the exam's reason", lambda: "lab-images.json" in (submission_views.view(handed_in).problem or ""))

        images.write_names(run.settings.lab_images_file, docker_images.images())
        until("the engine that is missed", lambda: _trouble(learner)[0] == "away")
        assert lab_views.view(learner, LAB).shown == "starting"

        engine.symlink_to(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
        until("the lab", lambda: lab_views.view(learner, LAB).shown == "ready", seconds=180)
        assert _trouble(learner) == ("", "")
        until("the report", lambda: submission_views.view(handed_in).settled, seconds=120)
        report = db.session.scalars(db.select(Report)).one()
        assert (report.verdict, report.body["isolation"]) == ("passed", "docker")


def _trouble(learner: User) -> tuple[str, str]:
    found = lab_views.view(learner, LAB).trouble
    return (found.name, found.reason) if found else ("", "")
