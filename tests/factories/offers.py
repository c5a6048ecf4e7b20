"""Content of a few lines: two labs, a project, a module that names them. For tests that are not about content."""

import io
import textwrap
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from curricula.curriculum import Curriculum
from curricula.schema import Module
from labs.catalogue.model import Lab
from labs.projects.loader import Project, load_project
from lms.config import Settings
from lms.database import database_app
from lms.models import db
from lms.services import content
from lms.services.content import Content, Shelf
from schema import Problems

LAB, PROJECT = "small-lab", "small-project"
LAB_UUID = uuid.UUID("7d3c1b0e-6f0a-4a53-9d55-0d4e5f0b6a01")
OTHER_LAB_UUID = uuid.UUID("7d3c1b0e-6f0a-4a53-9d55-0d4e5f0b6a02")
LAB_ACTIVITY = uuid.UUID("7d3c1b0e-6f0a-4a53-9d55-0d4e5f0b6a04")
PROJECT_ACTIVITY = uuid.UUID("7d3c1b0e-6f0a-4a53-9d55-0d4e5f0b6a05")

EXAMINER = '''
"""Reads a number from the submission and waits a moment, so that tests can interfere."""
import asyncio
import contextlib

from labs.exams.services import Stack

async def examine(exam):
    manifest = exam.manifest()
    serves = (exam.plan.submission / "main.py").exists()
    async with Stack(exam, manifest, env={}) if serves else contextlib.nullcontext():
        await look(exam)

async def look(exam):
    text = (exam.plan.submission / "answer.txt").read_text().strip()
    async with exam.phase("reading"):
        for _ in range(int(float((exam.plan.submission / "seconds.txt").read_text()) * 10)):
            exam.progress("still reading")
            await asyncio.sleep(0.1)
    exam.decide("answer", passed=text == "42", measured=f"The answer is {text[:20]}.", advice="Think again.")
    exam.decide("presence", passed=True, measured="It is there.")
'''
PROJECT_YAML = """
uuid: 0c9c7e0c-4d5c-4c4b-8c8a-2a1f6c0e7b01
title: A small project
summary: For tests.
minutes: 5
pass_percent: 70
attempts_per_day: 3
brief: brief.md
criteria:
  - {id: answer, title: The answer, points: 60, limit: It is 42.}
  - {id: presence, title: Presence, points: 40, limit: Something is there.}
"""


def install_small_content(folder: Path) -> Content:
    """Offers two labs (LAB and "other-lab") and PROJECT, and a module whose activities they are; nothing else."""
    labs = {LAB: _lab(folder, LAB, LAB_UUID), "other-lab": _lab(folder, "other-lab", OTHER_LAB_UUID)}
    curriculum = Curriculum(pathways=(), modules=(_module(),), quizzes={}, lessons={}, digest="")
    small = Content(curriculum=curriculum, labs=Shelf(labs), projects=Shelf({PROJECT: _project(folder)}))
    content.install(small)
    return small


@contextmanager
def services(settings: Settings, folder: Path) -> Iterator[Flask]:
    """The database of these settings and small content, as a worker has them; an application context is pushed."""
    application = database_app(settings)
    install_small_content(folder)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def _module() -> Module:
    return Module.model_validate(
        {
            "slug": "small-module",
            "uuid": "7d3c1b0e-6f0a-4a53-9d55-0d4e5f0b6a03",
            "title": "A small module",
            "summary": "For tests.",
            "minutes": 10,
            "status": "active",
            "outcomes": ["Write an answer.", "Read it.", "Hand it in."],
            "activities": [
                {"uuid": LAB_ACTIVITY, "kind": "lab", "title": "Do it", "lab": LAB, "minutes": 5},
                {"uuid": PROJECT_ACTIVITY, "kind": "project", "title": "Prove it", "project": PROJECT, "minutes": 5},
            ],
        }
    )


def _lab(folder: Path, slug: str, lab_uuid: uuid.UUID) -> Lab:
    starter = folder / slug / "starter"
    starter.mkdir(parents=True, exist_ok=True)
    (starter / "README.md").write_text("Write answer.txt.\n")
    return Lab.model_validate(
        {
            "slug": slug,
            "folder": folder / slug,
            "uuid": lab_uuid,
            "title": slug.replace("-", " ").capitalize(),
            "summary": "For tests.",
            "minutes": 5,
            "lifetime": {"minutes": 60, "extend_minutes": 30, "extensions": 2},
            "components": ["workspace"],
            "steps": [
                {
                    "id": "answer",
                    "title": "Write the answer",
                    "instructions": "Write answer.txt.",
                    "hints": ["A number.", "Forty-two."],
                    "checks": [_check()],
                }
            ],
        }
    )


def _check() -> dict[str, object]:
    wanted = {"path": "answer.txt", "matches": ["42"]}
    return {"probe": "file.text", "with": wanted, "title": "The answer", "hint": "Write 42."}


def _project(folder: Path) -> Project:
    own = folder / PROJECT
    own.mkdir(parents=True, exist_ok=True)
    (own / "project.yaml").write_text(textwrap.dedent(PROJECT_YAML))
    (own / "brief.md").write_text("# Brief\n")
    (own / "examiner.py").write_text(EXAMINER)
    problems = Problems()
    project = load_project(PROJECT, problems, root=folder)
    assert project is not None, str(problems)
    return project


def small_zip(*, answer: str = "42", seconds: float = 0, project: str = PROJECT, main: str | None = None) -> io.BytesIO:
    """A submission of PROJECT; its exam takes about `seconds`, and has the service `main` where that is given.

    The same call gives the same bytes.
    """
    files = {
        "academy.yaml": f"project: {project}\nservices:\n  main: {{command: python main.py}}\n",
        "answer.txt": answer,
        "seconds.txt": str(seconds),
    } | ({"main.py": main} if main else {})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    made.seek(0)
    return made
