"""A file that the worker or beat touches while it turns, for the probes of containers.

It says nothing of the broker: who waits for that is alive, and ending it would not bring the broker back.
"""

import threading
import time
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from celery.bootsteps import StartStopStep

from lms.config import Settings

EVERY_SECONDS = 5.0
#: A loop that has not turned for so long hangs.
LATE_SECONDS = 30.0


def file_of(role: str) -> Path:
    return Settings().instance_folder / "run" / f"pulse-{role}"


def beat(role: str) -> None:
    """Touch the role's file."""
    path = file_of(role)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


class Pulse(StartStopStep):
    """A thread touches the worker's file while its event loop turns, and while it waits for the broker."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self.role = str(consumer.hostname).partition("@")[0]
        self.turned: float | None = None  # None: not connected
        threading.Thread(target=self._watch, name="pulse", daemon=True).start()

    def start(self, consumer: Any) -> None:
        self._turn()
        consumer.timer.call_repeatedly(EVERY_SECONDS, self._turn)

    def stop(self, consumer: Any) -> None:
        self.turned = None

    def _turn(self) -> None:
        self.turned = time.monotonic()

    def _watch(self) -> None:
        while True:
            turned = self.turned
            if turned is None or time.monotonic() - turned < LATE_SECONDS:
                beat(self.role)
            time.sleep(EVERY_SECONDS)


class PulsingScheduler(PersistentScheduler):
    """Celery's own scheduler, which touches beat's file with every turn and every try to reach the broker."""

    def tick(self, *args: Any, **options: Any) -> Any:
        beat("beat")
        return super().tick(*args, **options)

    def _ensure_connected(self) -> Any:
        return self.connection.ensure_connection(
            lambda error, interval: beat("beat"), self.app.conf.broker_connection_max_retries
        )
