"""Small projects and submissions made for one test."""

import textwrap
from pathlib import Path

from labs.exams.events import Event
from labs.exams.exam import examine
from labs.exams.report import Report
from labs.exams.settings import ExamSettings, lab_python
from labs.places import academy_home
from labs.projects import Project, load_project
from schema import Problems

PROJECT = """\
uuid: 6a9c3f5e-8f0e-4a57-a6a4-1b0a60f2f0aa
title: A project for a test
summary: It exists for one test.
minutes: 1
pass_percent: 100
attempts_per_day: 1
brief: brief.md
criteria:
  - {id: works, title: It works, points: 10, limit: It answers.}
"""
MANIFEST = """\
project: small
services:
  probe: {command: python probe.py}
"""
EXAMINER = """\
import json

from labs.exams.http import HttpClient
from labs.exams.report import TextEvidence
from labs.exams.services import Stack


async def examine(exam):
    async with exam.phase("asking"):
        async with Stack(exam, exam.manifest("probe"), env={}) as stack, HttpClient() as client:
            answer = await client.request("GET", stack.url("probe") + "/report", timeout=30)
    text = TextEvidence(title="what it said", text=answer.body.decode()[:8000])
    exam.decide("works", passed=answer.status == 200, measured="It answered.", evidence=[text])
"""
SERVICE = """\
import http.server, json, os


def report():
    return {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(report() if self.path == "/report" else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve():
    http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


def make_project(root: Path, *, examiner: str = EXAMINER) -> Project:
    """A project with one criterion and this examiner."""
    folder = root / "small"
    folder.mkdir(parents=True)
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "brief.md").write_text("A brief.")
    (folder / "examiner.py").write_text(textwrap.dedent(examiner))
    problems = Problems()
    project = load_project("small", problems, root=root)
    assert project, str(problems)
    return project


def make_submission(folder: Path, *, report: str = "def report():\n    return {}", before: str = "") -> Path:
    """A service that answers /health, and /report with what `report()` returns."""
    folder.mkdir(parents=True)
    (folder / "academy.yaml").write_text(MANIFEST)
    (folder / "served.py").write_text(SERVICE)
    parts = [textwrap.dedent(before), "import served", textwrap.dedent(report)]
    (folder / "probe.py").write_text("\n".join([*parts, "served.report = report", "served.serve()", ""]))
    return folder


def make_settings(state: Path, **changes: object) -> ExamSettings:
    """Settings of this machine with a state folder of the test's own."""
    state.mkdir(parents=True, exist_ok=True)
    return ExamSettings(lab_python=lab_python(academy_home()), state=state, **changes)  # type: ignore[arg-type]


def run(project: Project, folder: Path, settings: ExamSettings, events: list[Event] | None = None) -> Report:
    """One exam."""
    return examine(project, folder, settings=settings, on_event=(events if events is not None else []).append)


def processes_with(marker: str) -> list[int]:
    """Every process of this machine whose command line holds `marker`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
