"""The Celery application: `celery -A worker.app:celery worker -Q labs`, `... -Q exams -c 1`, `... beat`.

Messages are hints: each names a row to look at. They may be lost, doubled or late; the sweep finds the same rows.
"""

import logging
from typing import Any

from celery import Celery
from celery.signals import after_setup_logger, worker_init

from lms import content
from lms.config import Settings
from lms.queue import QUEUES
from worker.pulse import Pulse

#: Longer than any task may take, or the broker would hand a running task to a second worker.
VISIBILITY_SECONDS = 3600
SWEEP_SECONDS = 2.0
HOUSEKEEPING_SECONDS = 20.0
#: Two lines for each task, and there is one every other second; what they say beyond news is trouble.
TELL_OF_EACH_TASK = ("celery.worker.strategy", "celery.app.trace", "celery.worker.request")

#: Messages whose worker died are looked for each second, so that one comes back soon after its time. A broker that
#: gives no answer at all, as behind a firewall, must not hold up who has been asked to end.
TRANSPORT = {
    "visibility_timeout": VISIBILITY_SECONDS,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 3,
}

celery = Celery(
    "academy",
    broker=Settings().broker_url,
    include=["worker.lab_tasks", "worker.check_tasks", "worker.examination_tasks", "worker.sweep_tasks"],
)
celery.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="labs",
    task_routes={f"academy.look_at_{kind}": {"queue": name} for kind, name in QUEUES.items()},
    task_time_limit=600,
    task_annotations={"academy.look_at_examination": {"time_limit": 1800}},
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT,
    beat_scheduler="worker.pulse:PulsingScheduler",
    beat_schedule={
        # A sweep that nobody took in time is worth nothing: the next one looks at the same rows.
        "sweep": {"task": "academy.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
        "housekeeping": {
            "task": "academy.keep_house",
            "schedule": HOUSEKEEPING_SECONDS,
            "options": {"expires": HOUSEKEEPING_SECONDS},
        },
    },
)

celery.steps["consumer"].add(Pulse)


@worker_init.connect
def _read_content(**_: Any) -> None:
    """Before the processes are forked: they share it, and wrong content ends the worker at once and in full."""
    content.load()


@after_setup_logger.connect
def _tell_only_trouble_of_tasks(*, loglevel: int, **_: Any) -> None:
    """At the normal level; who asks for DEBUG reads of every task."""
    for name in TELL_OF_EACH_TASK:
        logging.getLogger(name).setLevel(max(logging.WARNING, loglevel) if loglevel >= logging.INFO else logging.NOTSET)
