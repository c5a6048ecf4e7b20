"""An exam while it is held: a thread examines, and the one that started it keeps the lease and writes the news."""

import dataclasses
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs.exams.events import Event
from labs.exams.report import Report as ExamReport
from lms.models import ExaminationStatus, db_now
from lms.services import leases
from lms.services.leases import Lease, LeaseLost
from lms.services.patience import until_written

LEASE_SECONDS = 45.0
HEARTBEAT_SECONDS = 10.0
WRITE_EVENTS_SECONDS = 1.0
MOST_EVENTS = 300
STOPPED = "The platform was stopped during the exam. Nothing is lost."

Tell = Callable[[Event], None]
#: Whether this worker was told to stop.
Stopping = Callable[[], bool]


class WorkerStops(Exception):
    """The worker was told to stop: the exam is in the queue again and counts as not begun."""


@dataclasses.dataclass(frozen=True)
class Work:
    """What is to be examined: an accepted upload of a project."""

    project_slug: str
    upload: Path
    sha256: str


#: Examines the work, telling how it goes; always a report, unless something of ours broke.
Examine = Callable[[Work, Tell], ExamReport]


class ExamThread:
    """Runs the exam in a thread of its own, so that this one can keep the lease and write what the exam tells."""

    def __init__(self, lease: Lease, work: Work, examine: Examine, stopping: Stopping) -> None:
        self._lease, self._work, self._examine, self._stopping = lease, work, examine, stopping
        self._told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._abandoned = threading.Event()
        self._events: list[dict[str, Any]] = []
        self._report: ExamReport | None = None
        self._error: BaseException | None = None

    @property
    def has_begun(self) -> bool:
        """Whether its host answered once and the exam went on: what breaks off after that is counted.

        Else an engine that never makes a container would hold up the line for ever.
        """
        return bool(self._events) or not self._told.empty()

    def run(self) -> ExamReport:
        """The exam's report; LeaseLost or WorkerStops as soon as it is not ours any more, and then it has ended too."""
        thread = threading.Thread(target=self._hold, name=f"exam-{self._lease.row_id}")
        thread.start()
        try:
            self._watch()
        except (WorkerStops, SystemExit):  # SystemExit is how Celery ends a task in a cold stop
            # Before the exam has ended: who is in a hurry kills us while we wait for that.
            leases.give_back(self._lease, status=ExaminationStatus.QUEUED, started_at=None, events=[], problem=STOPPED)
            raise
        finally:
            self._abandoned.set()
            thread.join()
        if self._error is not None:
            raise self._error
        if self._report is None:
            raise RuntimeError("the exam ended without a report")
        return self._report

    def _hold(self) -> None:
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
            if self._stopping():
                raise WorkerStops
            news = self._gather()
            if news or time.monotonic() - written > HEARTBEAT_SECONDS:
                columns: dict[str, Any] = {"events": list(self._events)} if news else {}
                self._write(columns)
                written = time.monotonic()
        if self._gather():
            self._write({"events": list(self._events)})

    def _write(self, columns: dict[str, Any]) -> None:
        until_written(lambda: leases.write(self._lease, lease_until=db_now(LEASE_SECONDS), **columns))

    def _gather(self) -> bool:
        news = False
        while not self._told.empty():
            # Evidence stands in the report; the live page needs the news only.
            event = self._told.get().model_dump(mode="json", exclude={"result": {"evidence"}})
            self._events.append(event)
            news = True
        del self._events[:-MOST_EVENTS]
        return news
