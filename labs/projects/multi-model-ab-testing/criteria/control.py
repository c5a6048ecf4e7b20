"""Nothing is wrong, so nothing may be rolled back."""

from __future__ import annotations

import time

from labs.exams.examination import Examination
from labs.exams.report import Evidence, PlotEvidence, Series
from labs.exams.rollback import quiet_from
from labs.exams.traffic import at_rate
from labs.exams.two_arms import TwoArms

from .evidence import logs, per_second, reached_b

RATE = 50.0
CONTROL_SECONDS = 30.0
LAST_REQUESTS, LEAST_OF_B = 500, 15


async def run_control(system: TwoArms) -> None:
    """Nothing is wrong for 30 s."""
    watch = await system.cpu_watch()
    end = time.monotonic() + CONTROL_SECONDS
    await at_rate(lambda: system.ask_and_tell(system.new_user()), rate=RATE, is_over=lambda: time.monotonic() >= end)
    system.share_elsewhere = await watch.share_elsewhere()
    system.sync()


def kept_traffic(system: TwoArms) -> bool:
    """Whether model B was never left alone."""
    reached = reached_b(system.asks)
    return quiet_from(reached) is None and sum(reached[-LAST_REQUESTS:]) >= LEAST_OF_B


def decide_control(exam: Examination, system: TwoArms) -> None:
    """A rollback of a healthy model is an error."""
    reached, started = reached_b(system.asks), system.asks[0].sent
    quiet, is_right = quiet_from(reached), kept_traffic(system)
    late = sum(reached[-LAST_REQUESTS:])
    measured = f"{sum(reached):,} of {len(reached):,} requests reached model B, {late} of the last 500."
    if quiet is not None:
        measured += (
            f" From {system.asks[quiet].sent - started:.0f} s on, traffic was off model B though it was healthy."
        )
    picture = PlotEvidence(
        title="Share of model B without a fault",
        x_label="seconds",
        y_label="share of requests",
        series=[Series(name="model B", points=per_second(system.asks, started, lambda ask: "model-b" in ask.arms))],
    )
    advice = "Compare B with A over a window, wait for enough requests, and act only on what chance does not explain."
    evidence: list[Evidence] = [picture, *logs(system, is_right)]
    exam.decide("no-false-alarm", passed=is_right, measured=measured, advice=advice, evidence=evidence)
