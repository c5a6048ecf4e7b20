"""Checks of lab steps."""

from typing import Any

from celery import shared_task

from lms.services import lab_checks
from worker.bench import at_work
from worker.follow_up import look_again


@shared_task(name="academy.look_at_check", bind=True)
def look_at_check(self: Any, check_id: int) -> None:
    with at_work() as bench:
        again_in = lab_checks.run_one(check_id, owner=bench.owner, provider=bench.provider)
    look_again(self, check_id, again_in=again_in)
