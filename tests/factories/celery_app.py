"""The real Celery application over small content and a light lab: `celery -A tests.factories.celery_app`."""

import os
import sys
from pathlib import Path
from typing import Any

from celery.signals import task_postrun

import labs.places
import lms.content
from labs.exams.hosts import leftovers
from lms.config import Settings
from tests.factories.light_lab import use_light_lab
from tests.factories.offers import install_small_content

lms.content.load = lambda: install_small_content(Settings().home / "content")
labs.places.lab_environment = lambda home=None: Path(sys.prefix)  # no MLflow is needed to serve files
leftovers.GRACE_SECONDS = float(os.environ.get("ACADEMY_TEST_GRACE_SECONDS", leftovers.GRACE_SECONDS))
use_light_lab()

from worker.app import celery  # noqa: E402 - the parts above must be in place first

__all__ = ["celery"]


@task_postrun.connect
def _tell(*, task: Any, **_: Any) -> None:
    """The platform's own log tells of tasks only when they fail; a test wants to see that they come."""
    print(f"{task.name} was carried out", flush=True)
