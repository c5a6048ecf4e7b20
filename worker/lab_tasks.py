"""Labs: one step, then the hint for the next one."""

from typing import Any

from celery import shared_task

from lms.services import lab_reconciler
from worker.bench import at_work
from worker.follow_up import look_again


@shared_task(name="academy.look_at_lab", bind=True)
def look_at_lab(self: Any, lab_id: int) -> None:
    with at_work() as bench:
        again_in = lab_reconciler.reconcile(lab_id, owner=bench.owner, provider=bench.provider)
    look_again(self, lab_id, again_in=again_in)
