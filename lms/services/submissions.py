"""Handing in a project: what was accepted is on the disk and in the database, or it was not accepted.

The same form sent twice (double click, retry after a lost answer) is one submission. A refusal costs no attempt.
"""

import uuid
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from labs.projects import Project
from lms.models import OPEN_EXAMINATIONS, Examination, Submission, User, db
from lms.services import access, audit, content, hints, packing, submission_attempts, submission_intake, turns, uploads
from lms.services.errors import Conflict, Invalid, NotFound
from lms.services.uploads import Received


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
        submission_intake.check_zip(received.temporary, wanted)
        return _accept(actor, wanted, received, form_key=form_key, filename=_short(filename) or "project.zip")


def submit_git(actor: User, slug: str, url: str, *, form_key: str, ref: str | None = None) -> Submission:
    """Fetches a repository now, pins it to its commit, and accepts what was fetched; takes up to a minute."""
    wanted = project(slug)
    if again := _before(actor, wanted, form_key):
        return again
    url = url.strip()
    with uploads.scratch() as own:
        files, packed = own / "files", own / "files.zip"
        commit = submission_intake.fetch(url, files, ref=(ref or "").strip() or None)
        submission_intake.check_manifest(files, wanted, field="git_url")
        packing.pack(files, packed)
        with packed.open("rb") as stream, uploads.receive(stream) as received:
            name = f"{Path(urlsplit(url).path).stem}-{commit[:12]}.zip"
            return _accept(
                actor, wanted, received, form_key=form_key, filename=_short(name), git_url=url, git_commit=commit
            )


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
    if any(one.status in OPEN_EXAMINATIONS for one in rows):
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
    submission_attempts.refuse_too_many(actor.id, wanted)
    db.session.commit()  # nothing is locked while bytes arrive
    return None


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
    turns.of_person(actor.id)
    if again := _by_form(actor, form_key):
        return again
    submission_attempts.refuse_too_many(actor.id, wanted)
    submission = Submission(
        user_id=actor.id,
        project_uuid=wanted.uuid,
        number=_next_number(actor, wanted),
        form_key=form_key,
        sha256=stored.sha256,
        size=stored.size,
        filename=filename,
        git_url=git_url,
        git_commit=git_commit,
    )
    return _kept(actor, submission)


def _next_number(actor: User, wanted: Project) -> int:
    mine = (Submission.user_id == actor.id, Submission.project_uuid == wanted.uuid)
    return 1 + (db.session.scalar(select(func.max(Submission.number)).where(*mine)) or 0)


def _kept(actor: User, submission: Submission) -> Submission:
    """Commit it with its first examination; the one that is there already when the same form sent it twice."""
    db.session.add(submission)
    try:
        db.session.flush()
        _open_examination(submission, 1)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        if again := _by_form(actor, submission.form_key):
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


def _short(filename: str) -> str:
    """The name for showing only: nothing is ever opened under it."""
    plain = "".join(char for char in Path(filename.replace("\\", "/")).name if char.isprintable())
    return plain[-255:]
