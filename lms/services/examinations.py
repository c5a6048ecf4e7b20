"""The worker's side of an examination: a lease, one exam, one report for each (submission, revision).

A fault of ours is tried again with patience and then handed to staff; it never becomes points or a lost attempt.
"""

import dataclasses
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from labs.exams.events import Event
from labs.exams.report import Report as ExamReport
from lms.models import Examination, ExaminationStatus, Report, db, db_now
from lms.services import content, leases, progress, uploads
from lms.services.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

LEASE_SECONDS = 45.0
HEARTBEAT_SECONDS = 10.0
WRITE_EVENTS_SECONDS = 1.0
MOST_EVENTS = 300
MOST_TRIES = 3
MOST_DEATHS = 3
OPEN = (ExaminationStatus.QUEUED, ExaminationStatus.RUNNING)

Tell = Callable[[Event], None]


@dataclasses.dataclass(frozen=True)
class Work:
    """What is to be examined: an accepted upload of a project."""

    project_slug: str
    upload: Path
    sha256: str


#: Examines the work, telling how it goes; always a report, unless something of ours broke.
Examine = Callable[[Work, Tell], ExamReport]


def due(limit: int = 50) -> list[int]:
    """Open examinations that nobody works on, the oldest first."""
    free = or_(Examination.lease_until.is_(None), Examination.lease_until < db_now())
    rested = or_(Examination.not_before.is_(None), Examination.not_before <= db_now())
    open_ones = select(Examination.id).where(Examination.status.in_(OPEN), free, rested)
    found = list(db.session.scalars(open_ones.order_by(Examination.id).limit(limit)))
    db.session.commit()
    return found


def reconcile(examination_id: int, *, owner: str, examine: Examine) -> float | None:
    """Hold the exam and write its report; the seconds until a retry, or None when nothing is left to do here."""
    lease = leases.take(Examination, examination_id, owner=owner, seconds=LEASE_SECONDS)
    if lease is None:
        return None
    try:
        examination = _fresh(examination_id)
        if examination.status not in OPEN:
            leases.release(lease)
            return None
        if examination.lost_leases >= MOST_DEATHS:
            _hand_to_staff(lease, f"Examining it broke our worker {examination.lost_leases} times.")
            return None
        return _hold(lease, examination, examine)
    except LeaseLost:
        log.warning("examination %s: another worker took over, nothing was written", examination_id)
        return None


def _hold(lease: Lease, examination: Examination, examine: Examine) -> float | None:
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
    try:
        report = _Exam(lease, work, examine).run()
    except LeaseLost:
        raise
    except Exception as error:  # whatever breaks here is ours: tried again, never scored
        log.exception("examination %s broke", examination.id)
        return _our_fault(lease, examination, f"{type(error).__name__}: {error}")
    if report.fault == "platform":
        return _our_fault(lease, examination, report.message)
    _record(lease, examination, report)
    return None


class _Exam:
    """Runs the exam in a thread of its own, so that this one can keep the lease and write what the exam tells."""

    def __init__(self, lease: Lease, work: Work, examine: Examine) -> None:
        self._lease, self._work, self._examine = lease, work, examine
        self._told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._abandoned = threading.Event()
        self._events: list[dict[str, Any]] = []
        self._report: ExamReport | None = None
        self._error: BaseException | None = None

    def run(self) -> ExamReport:
        """The exam's report; LeaseLost as soon as the lease is gone, and then the exam has ended too."""
        thread = threading.Thread(target=self._work_it, name=f"exam-{self._lease.row_id}")
        thread.start()
        try:
            self._watch()
        finally:
            self._abandoned.set()
            thread.join()
        if self._error is not None:
            raise self._error
        if self._report is None:
            raise RuntimeError("the exam ended without a report")
        return self._report

    def _work_it(self) -> None:
        try:
            self._report = self._examine(self._work, self._tell)
        except BaseException as error:  # carried over to the thread that waits
            self._error = error
        finally:
            self._ended.set()

    def _tell(self, event: Event) -> None:
        if self._abandoned.is_set():
            raise LeaseLost("the exam was abandoned")
        self._told.put(event)

    def _watch(self) -> None:
        """Events at most once a second, a heartbeat when nothing is said."""
        written = time.monotonic()
        while not self._ended.wait(WRITE_EVENTS_SECONDS):
            news = self._gather()
            if news or time.monotonic() - written > HEARTBEAT_SECONDS:
                columns: dict[str, Any] = {"events": list(self._events)} if news else {}
                leases.write(self._lease, lease_until=db_now(LEASE_SECONDS), **columns)
                written = time.monotonic()
        if self._gather():
            leases.write(self._lease, lease_until=db_now(LEASE_SECONDS), events=list(self._events))

    def _gather(self) -> bool:
        news = False
        while not self._told.empty():
            # Evidence stands in the report; the live page needs the news only.
            event = self._told.get().model_dump(mode="json", exclude={"result": {"evidence"}})
            self._events.append(event)
            news = True
        del self._events[:-MOST_EVENTS]
        return news


def _record(lease: Lease, examination: Examination, report: ExamReport) -> None:
    """The one report of this revision, what follows from it, and the end of the examination: one transaction."""
    submission = examination.submission
    db.session.add(
        Report(
            submission_id=submission.id,
            revision=examination.revision,
            verdict=report.verdict,
            points=report.points,
            max_points=report.max_points,
            pass_points=report.pass_points,
            body=report.model_dump(mode="json"),
        )
    )
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
    again_in = 5.0 * 3.0**tries
    problem = f"The exam could not be held, which is not your fault; it is tried again. {sentence}"
    leases.release(lease, again_in=again_in, status=ExaminationStatus.QUEUED, tries=tries, problem=problem[:2000])
    return again_in


def _hand_to_staff(lease: Lease, sentence: str, **columns: Any) -> None:
    log.error("examination %s needs staff: %s", lease.row_id, sentence)
    leases.release(lease, status=ExaminationStatus.NEEDS_STAFF, problem=sentence[:2000], **columns)


def _fresh(examination_id: int) -> Examination:
    found = db.session.scalars(
        select(Examination).where(Examination.id == examination_id).execution_options(populate_existing=True)
    ).one()
    db.session.commit()
    return found
