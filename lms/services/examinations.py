"""The worker's side of an examination: a lease, one exam, one report for each (submission, revision).

A fault of ours is tried again with patience and then handed to staff; it never becomes points or a lost attempt.
"""

import logging
from typing import Any

from sqlalchemy.exc import IntegrityError

from labs.errors import ProviderAway, ProviderUnopened
from labs.exams.errors import NOT_YOUR_FAULT
from labs.exams.report import Report as ExamReport
from lms.models import OPEN_EXAMINATIONS, Examination, ExaminationStatus, Report, db, db_now
from lms.services import content, exam_line, leases, patience, progress, turns, uploads
from lms.services.exam_thread import LEASE_SECONDS, Examine, ExamThread, Stopping, Work, WorkerStops
from lms.services.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

MOST_TRIES = 3
MOST_DEATHS = 3
AWAY_SECONDS = 20.0


def due(limit: int = 50) -> list[int]:
    """Open examinations that may begin now, the oldest first; none that would overtake one that is tried again."""
    return exam_line.due(limit)


def reconcile(examination_id: int, *, owner: str, examine: Examine, stopping: Stopping = lambda: False) -> float | None:
    """Hold the exam and write its report; the seconds until a retry, or None when nothing is left to do here.

    A worker that is `stopping` puts the exam back into the queue: only a death that nobody asked for is counted.
    An exam whose hint came before its turn is left alone: the sweep finds it when it is the oldest.
    """
    if exam_line.would_overtake(examination_id):
        return None
    lease = leases.take(Examination, examination_id, owner=owner, seconds=LEASE_SECONDS)
    if lease is None:
        return None
    try:
        examination = leases.fresh(Examination, examination_id)
        if examination.status not in OPEN_EXAMINATIONS:
            leases.release(lease)
            return None
        if examination.lost_leases >= MOST_DEATHS:
            broke_off = f"Examining it broke off {examination.lost_leases} times: our worker or the engine was lost."
            _hand_to_staff(lease, f"{broke_off} {examination.problem or ''}".strip())
            return None
        return _hold(lease, examination, examine, stopping)
    except LeaseLost:
        log.warning("examination %s: another worker took over, nothing was written", examination_id)
        return None
    except WorkerStops:
        log.info("examination %s: this worker stops, the exam is in the queue again", examination_id)
        return None


def _hold(lease: Lease, examination: Examination, examine: Examine, stopping: Stopping) -> float | None:
    project = content.current().projects.get(examination.submission.project_uuid)
    sha256 = examination.submission.sha256
    if project is None:
        _hand_to_staff(lease, "The project is not part of the content any more.")
        return None
    if not uploads.is_intact(sha256):
        _hand_to_staff(lease, "The stored upload is missing or damaged: restore it from the backup.")
        return None
    leases.write(lease, status=ExaminationStatus.RUNNING, started_at=db_now(), events=[])
    work = Work(project_slug=project.slug, upload=uploads.path_of(sha256), sha256=sha256)
    exam = ExamThread(lease, work, examine, stopping)
    try:
        report = exam.run()
    except (LeaseLost, WorkerStops):
        raise
    except (ProviderAway, ProviderUnopened) as error:
        return _wait(lease, f"{NOT_YOUR_FAULT} {error}", losses=examination.lost_leases + exam.has_begun)
    except Exception as error:  # whatever breaks here is ours: tried again, never scored
        log.exception("examination %s broke", lease.row_id)
        db.session.rollback()  # PostgreSQL takes nothing more in a transaction that broke
        return _our_fault(lease, examination, f"{NOT_YOUR_FAULT} {type(error).__name__}: {error}")
    if report.fault == "platform":
        return _our_fault(lease, examination, report.message)
    patience.until_written(lambda: _record(lease, examination, report))
    return None


def _record(lease: Lease, examination: Examination, report: ExamReport) -> None:
    """The one report of this revision, what follows from it, and the end of the examination: one transaction."""
    submission = examination.submission
    turns.of_person(submission.user_id)
    db.session.add(Report.of(report, submission_id=submission.id, revision=examination.revision))
    percent = 100 * report.points / report.max_points if report.max_points else 0.0
    if report.verdict == "passed":
        progress.record_linked(submission.user_id, "project", report.project, score_percent=percent)
    try:
        leases.release(lease, status=ExaminationStatus.DONE, finished_at=db_now(), problem=None)
    except IntegrityError:
        db.session.rollback()  # this revision has its report: a verdict never changes
        leases.release(lease, status=ExaminationStatus.DONE, finished_at=db_now(), problem=None)


def _our_fault(lease: Lease, examination: Examination, sentence: str) -> float | None:
    tries = examination.tries + 1
    if tries >= MOST_TRIES:
        _hand_to_staff(lease, sentence, tries=tries)
        return None
    return _queue_again(lease, sentence, again_in=5.0 * 3.0**tries, tries=tries)


def _wait(lease: Lease, sentence: str, *, losses: int) -> float:
    """Where exams are held nobody answers: it has not been tried, and is as soon as somebody does.

    `losses` are those in the middle of it, by which work is known that breaks what it is examined on.
    """
    log.warning("examination %s waits: %s", lease.row_id, sentence)
    return _queue_again(lease, sentence, again_in=AWAY_SECONDS, lost_leases=losses)


def _queue_again(lease: Lease, sentence: str, *, again_in: float, **columns: Any) -> float:
    # What was seen so far counts for nothing: the next try starts afresh.
    news: dict[str, Any] = {"started_at": None, "events": [], "problem": sentence[:2000]}
    leases.release(lease, again_in=again_in, status=ExaminationStatus.QUEUED, **news, **columns)
    return again_in


def _hand_to_staff(lease: Lease, sentence: str, **columns: Any) -> None:
    log.error("examination %s needs staff: %s", lease.row_id, sentence)
    leases.release(lease, status=ExaminationStatus.NEEDS_STAFF, problem=sentence[:2000], **columns)
