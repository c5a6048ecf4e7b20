"""Handing in a project: what was accepted is on the disk and in the database, or it was not accepted.

The same form sent twice (double click, retry after a lost answer) is one submission.
"""

import datetime as dt
import secrets
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError

from labs.exams import intake
from labs.exams.errors import IntakeError
from labs.projects import Project
from lms.models import Examination, ExaminationStatus, Submission, User, db, db_now
from lms.services import content, hints, installation, uploads
from lms.services.errors import Invalid, NotFound

GIT_SECONDS = 40.0


def project(key: object) -> Project:
    """The project of this slug or uuid, or NotFound with a sentence."""
    try:
        return content.current().projects.project(key)
    except LookupError as error:
        raise NotFound("There is no such project.") from error


def submit_zip(actor: User, slug: str, stream: uploads.Readable, *, filename: str, form_key: str) -> Submission:
    """Accepts a zip; a refusal is Invalid with what to change, and costs no attempt."""
    raise NotImplementedError


def submit_git(actor: User, slug: str, url: str, *, form_key: str) -> Submission:
    """Fetches a repository now, pins it to its commit, and accepts what was fetched; takes up to a minute."""
    raise NotImplementedError


def attempts_left(actor: User, slug: str) -> int:
    """How many more submissions the project takes from the actor within these 24 hours; our faults do not count."""
    raise NotImplementedError


def of_learner(user_id: int, slug: str | None = None) -> list[Submission]:
    """The learner's submissions, newest first."""
    raise NotImplementedError


def regrade(actor: User, submission_id: int, *, reason: str) -> Examination:
    """Staff: examine the submission anew, as its next revision; the report so far stays in the record."""
    raise NotImplementedError
