"""The watch sees what others use, and not what the exam's own services use, here or elsewhere."""

import os
import time
from collections.abc import Iterator

import pytest

from labs.exams import machine
from labs.exams.machine import CpuWatch
from tests.factories.apart import run_apart


def shares(*unseen: float | None) -> float:
    """What a watch says after a tenth of a second, told these processor seconds of the exam's own elsewhere."""
    told: Iterator[float | None] = iter(unseen)

    async def say() -> float | None:
        return next(told)

    async def watch() -> float:
        begun = await CpuWatch.begin(say)
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            pass
        return await begun.share_elsewhere()

    return run_apart(watch())


def test_the_share_is_a_share() -> None:
    assert 0 <= shares(0.0, 0.0) <= 1


@pytest.mark.linux
def test_what_runs_unseen_for_the_exam_is_not_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    second, started = os.sysconf("SC_CLK_TCK") * (os.cpu_count() or 1), time.monotonic()
    monkeypatch.setattr(machine, "_own_ticks", dict)
    monkeypatch.setattr(machine, "_busy_ticks", lambda: int((time.monotonic() - started) * second))
    assert shares(10.0, 10.0) > 0.8
    assert shares(10.0, 11.0) == 0, "it used all that was used"
    assert shares(None, None) > 0.8, "what nobody can tell apart is not held against the learner"
