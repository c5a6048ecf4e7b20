"""Kill -9 of the worker that holds an exam in containers: no attempt is lost, nothing stays, and it is held anew."""

from collections.abc import Iterator

import pytest

from labs import images
from labs.exams.hosts.engine_names import PART, all_of
from labs.providers.docker import api, containers
from lms.models import Examination, Report, User, db
from lms.services import submission_attempts, submission_views, submissions
from lms.supervisor.down import down
from tests.factories import docker_images
from tests.factories.docker_instance import docker_platform
from tests.factories.offers import PROJECT, small_zip
from tests.factories.people import create_user
from tests.factories.platform import Platform, until

pytestmark = [pytest.mark.linux, pytest.mark.docker, pytest.mark.timeout(600)]

#: An exam without an examiner is nobody's after so long; a minute where nobody is in a hurry.
GRACE_SECONDS = 15
SERVICE = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def run(databases: None) -> Iterator[Platform]:
    """Broker, workers and beat, whose exams are held in containers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_TEST_GRACE_SECONDS", str(GRACE_SECONDS))
        with docker_platform() as made:
            images.write_names(made.settings.lab_images_file, docker_images.images())
            made.start("broker", "labs", "exams", "beat")
            yield made


@pytest.fixture
def learner(run: Platform) -> User:
    return create_user()


def test_after_a_killed_worker_the_exam_is_held_anew_and_nothing_is_left(run: Platform, learner: User) -> None:
    exam = _hand_in(learner)
    first = _under_way(run, exam)
    run.kill("exams")
    until("the examiner to end", lambda: not any("examiner" in name for name in _running(run) if name in first))
    run.start("exams")
    _passes(exam)
    until("the containers to go", lambda: not _left(run))
    row = _row(exam)
    assert (row.tries, row.lost_leases) == (0, 0), "nothing is held against it"
    assert submission_attempts.left(learner.id, submissions.project(PROJECT)) == 2, "one of three: what was handed in"
    assert run.log("exams").count("Traceback") == 0


def test_down_ends_an_exam_whose_worker_was_killed(run: Platform, learner: User) -> None:
    exam = _hand_in(learner)
    _under_way(run, exam)
    for name in ("exams", "labs", "beat"):
        run.kill(name)
    assert _left(run)
    said: list[str] = []
    assert down(run.settings, said.append)
    assert not _left(run)
    assert any("ended an exam" in line for line in said), said
    run.start("labs", "exams", "beat")
    _passes(exam)


def _hand_in(learner: User) -> int:
    zipped = small_zip(seconds=4, main=SERVICE)
    return submissions.submit_zip(learner, PROJECT, zipped, filename="a.zip", form_key=f"form-key-{learner.id}").id


def _under_way(run: Platform, submission_id: int) -> set[str]:
    """Wait until examiner and system run and the examiner has told of it; the names of what runs."""

    def sees() -> bool:
        told = len(submission_views.view(submission_id).events) > 2
        return told and len({labels[PART] for labels in _running(run).values()}) >= 2

    until("examiner and system at work", sees)
    assert _row(submission_id).status == "running"
    return set(_running(run))


def _passes(submission_id: int) -> None:
    until("the report", lambda: submission_views.view(submission_id).settled, seconds=120)
    report = db.session.scalars(db.select(Report).where(Report.submission_id == submission_id)).one()
    assert (report.verdict, report.body["isolation"]) == ("passed", "docker")


def _row(submission_id: int) -> Examination:
    one = db.select(Examination).where(Examination.submission_id == submission_id)
    found: Examination = db.session.scalars(one.execution_options(populate_existing=True)).one()
    db.session.commit()
    return found


def _running(run: Platform) -> dict[str, dict[str, str]]:
    found = containers.summaries(api.connect(None), all_of(run.settings.installation))
    return {name: one["Labels"] for name, one in found.items() if one["State"] == "running"}


def _left(run: Platform) -> list[str]:
    """Whatever exams have on the engine, running or not."""
    client, labels = api.connect(None), all_of(run.settings.installation)
    networks, volumes = (kind.list(filters={"label": labels}) for kind in (client.networks, client.volumes))
    return [*containers.summaries(client, labels), *(one.name for one in [*networks, *volumes])]
