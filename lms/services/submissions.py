"""Handing in a project: what was accepted is on the disk and in the database, or it was not accepted.

The same form sent twice (double click, retry after a lost answer) is one submission. A refusal costs no attempt.
"""

import datetime as dt
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from labs.exams.errors import ExaminerBroke, IntakeError, ManifestError
from labs.exams.git import fetch_git
from labs.exams.git_address import GitRules
from labs.exams.intake import unpack_zip
from labs.exams.manifest import read_manifest
from labs.projects import Project
from lms.models import Examination, ExaminationStatus, Report, Submission, User, db, db_now
from lms.services import access, audit, content, hints, installation, packing, uploads
from lms.services.errors import Busy, Conflict, Invalid, NotFound
from lms.services.uploads import Received

GIT_SECONDS = 45.0
DAY = dt.timedelta(hours=24)


def project(key: str | uuid.UUID) -> Project:
    """The project of this slug or uuid, or NotFound with a sentence."""
    try:
        return content.current().projects[key]
    except LookupError as error:
        raise NotFound("There is no such project.") from error


def submit_zip(actor: User, slug: str, stream: uploads.Readable, *, filename: str, form_key: str) -> Submission:
    """Accepts a zip; a refusal is Invalid with what to change."""
    wanted = project(slug)
    if again := _before(actor, wanted, form_key):
        return again
    with uploads.receive(stream) as received:
        _check_zip(received.temporary, wanted)
        return _accept(actor, wanted, received, form_key=form_key, filename=_short(filename) or "project.zip")


def submit_git(actor: User, slug: str, url: str, *, form_key: str, ref: str | None = None) -> Submission:
    """Fetches a repository now, pins it to its commit, and accepts what was fetched; takes up to a minute."""
    wanted = project(slug)
    if again := _before(actor, wanted, form_key):
        return again
    url = url.strip()
    with uploads.scratch() as own:
        files, packed = own / "files", own / "files.zip"
        commit = _fetch(url, files, ref=(ref or "").strip() or None)
        _check_manifest(files, wanted, field="git_url")
        packing.pack(files, packed)
        with packed.open("rb") as stream, uploads.receive(stream) as received:
            name = f"{Path(urlsplit(url).path).stem}-{commit[:12]}.zip"
            return _accept(
                actor, wanted, received, form_key=form_key, filename=_short(name), git_url=url, git_commit=commit
            )


def attempts_left(actor: User, slug: str) -> int:
    """How many more submissions the project takes from the actor within these 24 hours; our faults do not count."""
    wanted = project(slug)
    return max(0, wanted.attempts_per_day - len(_counted(actor.id, wanted)))


def of_learner(user_id: int, slug: str | None = None) -> list[Submission]:
    """The learner's submissions, newest first."""
    rows = select(Submission).where(Submission.user_id == user_id).order_by(Submission.id.desc())
    if slug is not None:
        rows = rows.where(Submission.project_uuid == project(slug).uuid)
    return list(db.session.scalars(rows))


def regrade(actor: User, submission_id: int, *, reason: str) -> Examination:
    """Staff: examine the submission anew, as its next revision; the report so far stays in the record."""
    submission = db.session.get(Submission, submission_id)
    if submission is None or not access.teaches_learner(actor, submission.user_id):
        raise NotFound("There is no such submission.")
    rows = list(db.session.scalars(select(Examination).where(Examination.submission_id == submission_id)))
    if any(one.status in (ExaminationStatus.QUEUED, ExaminationStatus.RUNNING) for one in rows):
        raise Conflict("An exam of this submission is open already. Wait for its report.")
    revision = 1 + max((one.revision for one in rows), default=0)
    made = _open_examination(submission, revision)
    audit.record(
        actor=actor,
        subject_id=submission.user_id,
        action="examine anew",
        object=f"submission {submission_id}",
        after={"revision": revision},
        reason=reason.strip()[:2000],
    )
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("Somebody else asked for this a moment ago.") from error
    return made


def _before(actor: User, wanted: Project, form_key: str) -> Submission | None:
    """The submission that this form made already; else a refusal when the day's attempts are used up."""
    if not 8 <= len(form_key) <= 64:
        raise Invalid("The form is incomplete. Reload the page and send it again.")
    if again := _by_form(actor, form_key):
        return again
    _refuse_too_many(actor, wanted)
    db.session.commit()  # nothing is locked while bytes arrive
    return None


def _check_zip(archive: Path, wanted: Project) -> None:
    with uploads.scratch() as own:
        try:
            unpack_zip(archive, own / "files")
        except IntakeError as refused:
            raise Invalid(str(refused), field="file") from refused
        _check_manifest(own / "files", wanted, field="file")


def _check_manifest(files: Path, wanted: Project, *, field: str) -> None:
    try:
        read_manifest(files, project=wanted.slug)
    except ManifestError as wrong:
        raise Invalid(str(wrong), field=field) from wrong


def _fetch(url: str, target: Path, *, ref: str | None) -> str:
    trusted: frozenset[str] = frozenset()
    if installation.current().git_allow_private_addresses:
        trusted = frozenset({_place(url)})
    try:
        return fetch_git(url, target, ref=ref, rules=GitRules(allowed_hosts=trusted, timeout_seconds=GIT_SECONDS))
    except IntakeError as refused:
        raise Invalid(str(refused), field="git_url") from refused
    except ExaminerBroke as broke:
        raise Busy(f"Repositories cannot be fetched here at the moment: {broke} Upload a zip instead.") from broke


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    except ValueError:
        return ""


def _accept(
    actor: User,
    wanted: Project,
    received: Received,
    *,
    form_key: str,
    filename: str,
    git_url: str | None = None,
    git_commit: str | None = None,
) -> Submission:
    """First the bytes to the disk, then the row; only when this returns may anybody say that it was accepted."""
    stored = received.accept()
    if again := _by_form(actor, form_key):
        return again
    _refuse_too_many(actor, wanted)
    mine = (Submission.user_id == actor.id, Submission.project_uuid == wanted.uuid)
    number = 1 + (db.session.scalar(select(func.max(Submission.number)).where(*mine)) or 0)
    submission = Submission(
        user_id=actor.id,
        project_uuid=wanted.uuid,
        number=number,
        form_key=form_key,
        sha256=stored.sha256,
        size=stored.size,
        filename=filename,
        git_url=git_url,
        git_commit=git_commit,
    )
    db.session.add(submission)
    try:
        db.session.flush()
        _open_examination(submission, 1)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        if again := _by_form(actor, form_key):
            return again  # the other of two clicks was first
        raise Conflict("Two submissions arrived at the same moment. Send this one again.") from error
    return submission


def _open_examination(submission: Submission, revision: int) -> Examination:
    made = Examination(submission_id=submission.id, revision=revision, events=[])
    db.session.add(made)
    db.session.flush()
    hints.look_at("examination", made.id)
    return made


def _by_form(actor: User, form_key: str) -> Submission | None:
    return db.session.scalar(select(Submission).where(Submission.user_id == actor.id, Submission.form_key == form_key))


def _refuse_too_many(actor: User, wanted: Project) -> None:
    counted = _counted(actor.id, wanted)
    if len(counted) >= wanted.attempts_per_day:
        wait = min(counted) + DAY - dt.datetime.now(dt.UTC)
        db.session.rollback()
        minutes = max(1, round(wait.total_seconds() / 60))
        when = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
        raise Busy(
            f"This project takes {wanted.attempts_per_day} submissions in 24 hours, and you have used them. "
            f"The next one is possible in {when}.",
            retry_after=minutes * 60,
        )


def _counted(user_id: int, wanted: Project) -> list[dt.datetime]:
    """When the attempts of the last day were made; one that we failed to examine is none."""
    ours = (
        select(Examination.submission_id)
        .where(Examination.status == ExaminationStatus.NEEDS_STAFF)
        .where(Examination.submission_id.not_in(select(Report.submission_id)))
    )
    rows = select(Submission.created_at).where(
        Submission.user_id == user_id,
        Submission.project_uuid == wanted.uuid,
        Submission.created_at > db_now(-DAY.total_seconds()),
        Submission.id.not_in(ours),
    )
    return list(db.session.scalars(rows))


def _short(filename: str) -> str:
    """The name for showing only: nothing is ever opened under it."""
    plain = "".join(char for char in Path(filename.replace("\\", "/")).name if char.isprintable())
    return plain[-255:]
