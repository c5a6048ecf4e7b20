"""The periodic sweep: finds in the database what no message told, or whose worker died."""

import logging
import shutil
import time
from typing import Any

from celery import current_app, shared_task

from labs.errors import LabError
from lms.config import Settings
from lms.exam_host import exam_host_of
from lms.models import Examination, Lab, LabCheck, LabCustody
from lms.queue import QUEUES
from lms.services import examinations, lab_checks, lab_orphans, lab_pool, lab_reconciler, leases, uploads
from worker import owner
from worker.app import SWEEP_SECONDS
from worker.bench import at_work
from worker.examination_tasks import UNPACKED_PREFIX, exams_folder

log = logging.getLogger(__name__)
STALE_SECONDS = 2 * 3600.0


@shared_task(name="academy.sweep", ignore_result=True)
def sweep() -> None:
    """Hints for all rows that need work, after the leases of dead owners were ended."""
    with at_work():
        for model in (Lab, LabCheck, LabCustody, Examination):
            leases.end_of_dead(model, is_dead=owner.is_dead)
        lab_pool.keep()
        due = {
            "lab": lab_reconciler.due(),
            "check": lab_checks.due(),
            # Nobody has taken what was asked for before: more messages would only make a longer line.
            "examination": [] if _wait_in(QUEUES["examination"]) else examinations.due(),
        }
    for kind, row_ids in due.items():
        for row_id in row_ids:
            # What nobody took by then is found again.
            current_app.send_task(
                f"academy.look_at_{kind}", args=[row_id], queue=QUEUES[kind], expires=2 * SWEEP_SECONDS, retry=False
            )


@shared_task(name="academy.keep_house", ignore_result=True)
def keep_house() -> None:
    """Labs that no row wants, uploads that broke off, what exams left that were killed."""
    with at_work() as bench:
        try:
            lab_orphans.look(bench.provider, owner=bench.owner)
        except LabError as error:  # the provider is away: the rest of the house is kept all the same
            log.warning("nobody could look for labs that the database does not know: %s", error)
        try:
            if host := exam_host_of(bench.settings, bench.provider):
                host.sweep()
        except LabError as error:
            log.warning("nobody could look for exams that were killed: %s", error)
        uploads.sweep()
        _clear_exams(bench.settings)


def _wait_in(queue: str) -> bool:
    """Whether messages of this queue were taken by nobody yet."""
    with current_app.connection_for_write() as connection:
        try:
            channel: Any = connection.default_channel
            return bool(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:  # a queue that is empty is none
            return False


def _clear_exams(settings: Settings) -> None:
    for folder in exams_folder(settings).glob(f"{UNPACKED_PREFIX}*"):
        if folder.stat().st_mtime < time.time() - STALE_SECONDS:
            log.warning("removing %s, which a killed worker left", folder.name)
            shutil.rmtree(folder, ignore_errors=True)
