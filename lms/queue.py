"""How a hint travels to the workers: one Celery message by task name, so that the web never imports the worker."""

from celery import Celery

from lms.config import Settings
from lms.services import hints


def connect(settings: Settings) -> None:
    """From now on committed hints go to the broker; an absent broker costs a request at most a moment."""
    sender = Celery("academy.sender", broker=settings.broker_url, set_as_current=False)
    sender.conf.broker_transport_options = {"socket_connect_timeout": 0.5, "socket_timeout": 2, "max_retries": 0}
    sender.conf.task_ignore_result = True

    def send(kind: str, row_id: int) -> None:
        sender.send_task(f"academy.look_at_{kind}", args=[row_id], retry=False, queue=QUEUES.get(kind, "labs"))

    hints.install(send)


#: Exams take minutes and have a queue (and a worker slot) of their own.
QUEUES = {"lab": "labs", "check": "labs", "examination": "exams"}
#: Worker processes of each queue: exams of one machine take turns.
WORKERS = {"labs": 2, "exams": 1}
