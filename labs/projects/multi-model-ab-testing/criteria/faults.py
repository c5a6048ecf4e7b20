"""Model B is made slow, failing or wrong: how long until its traffic is gone, and who suffered until then."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from labs.exams.asks import Ask
from labs.exams.examination import Examination
from labs.exams.proxies import Fault
from labs.exams.report import Bar, BarsEvidence, Evidence, Mark, PlotEvidence, Series, counted_users
from labs.exams.rollback import quiet_from
from labs.exams.traffic import at_rate
from labs.exams.two_arms import ARMS, TwoArms

from .control import RATE
from .evidence import logs, per_second, reached_b

WARM_UP_SECONDS = 6.0
ROLLBACK_SECONDS = 20.0
WATCH_SECONDS = 26.0
SLOW_SECONDS, TOO_LATE_SECONDS = 0.5, 0.4
DEGRADED_ACCURACY = 0.60
BAD_ANSWERS = 150


@dataclass(frozen=True)
class Outcome:
    """What one fault did to the users."""

    system: TwoArms
    fault_at: float
    of_b_before: int
    of_b_after: int
    seconds_to_rollback: float | None
    bad_answers: int

    @property
    def is_rolled_back(self) -> bool:
        """B had traffic, and lost it in time."""
        return (
            self.had_traffic and self.seconds_to_rollback is not None and (self.seconds_to_rollback <= ROLLBACK_SECONDS)
        )

    @property
    def had_traffic(self) -> bool:
        """Whether there was anything to roll back: who left B before it broke did not leave because it broke."""
        return self.of_b_before >= 10 and self.of_b_after > 0


def fault_of(system: TwoArms) -> Fault:
    """What goes wrong with model B in this system."""
    return {
        "slow": Fault(delay_seconds=SLOW_SECONDS),
        "failing": Fault(status=503),
        "wrong": Fault(rewrite=system.degraded(DEGRADED_ACCURACY)),
    }[system.name]


async def run_fault(exam: Examination, system: TwoArms, fault: Fault) -> Outcome:
    """Warm up, break model B, and watch until its traffic is gone or the time is up."""
    fault_at, watch = float("inf"), await system.cpu_watch()
    warm = time.monotonic() + WARM_UP_SECONDS

    def is_over() -> bool:
        nonlocal fault_at
        now = time.monotonic()
        if fault_at == float("inf"):
            if now >= warm:
                fault_at = system.inject(fault)
            return False
        if now - fault_at > WATCH_SECONDS:
            return True
        system.sync()
        return quiet_after(system.asks, fault_at) is not None

    await at_rate(lambda: system.ask_and_tell(system.new_user()), rate=RATE, is_over=is_over)
    system.share_elsewhere = await watch.share_elsewhere()
    system.sync()
    outcome = seen_of(system, fault_at)
    taken = outcome.seconds_to_rollback
    told_taken = "traffic stayed on model B" if taken is None else f"back on A in {taken:.1f} s"
    exam.progress(f"{system.name}: {told_taken}")
    return outcome


def seen_of(system: TwoArms, fault_at: float) -> Outcome:
    """What became of the requests before and after the fault."""
    before = [ask for ask in system.asks if ask.sent < fault_at]
    after = [ask for ask in system.asks if ask.sent >= fault_at]
    quiet = quiet_after(system.asks, fault_at)
    return Outcome(
        system=system,
        fault_at=fault_at,
        of_b_before=sum(reached_b(before)),
        of_b_after=sum(reached_b(after)),
        seconds_to_rollback=None if quiet is None else max(0.0, system.asks[quiet].sent - fault_at),
        bad_answers=sum(is_bad(ask) for ask in after),
    )


def quiet_after(asks: Sequence[Ask], moment: float) -> int | None:
    """The request from which B was left alone, at or after `moment`."""
    start = next((i for i, ask in enumerate(asks) if ask.sent >= moment), None)
    return None if start is None else quiet_from(reached_b(asks), start=start)


def is_bad(ask: Ask) -> bool:
    """Model B was asked, and the user got no answer, or one of B that was late or untrue."""
    if ask.predictions is None:
        return "model-b" in ask.arms
    of_b = ask.answered_by == "model-b"
    return of_b and ((ask.reply is not None and ask.reply.seconds > TOO_LATE_SECONDS) or ask.is_wrong)


def decide_rollbacks(exam: Examination, slow: Outcome, failing: Outcome, wrong: Outcome) -> None:
    """The three rollbacks, and what users suffered until then."""
    advice = "Watch {} of each model over a short window, compare B with A, and set B's share to 0 when it is worse."
    for criterion, outcome, picture, what in (
        ("rollback-latency", slow, latency_picture(slow), "the latency"),
        ("rollback-errors", failing, share_picture(failing), "the errors"),
        ("rollback-accuracy", wrong, share_picture(wrong), "the accuracy that /feedback shows"),
    ):
        passed = outcome.is_rolled_back
        evidence: list[Evidence] = [picture, *logs(outcome.system, passed)]
        exam.decide(criterion, passed=passed, measured=told(outcome), advice=advice.format(what), evidence=evidence)
    outcomes = {"slow": slow, "failing": failing, "wrong": wrong}
    total = sum(outcome.bad_answers for outcome in outcomes.values())
    had_traffic = all(outcome.had_traffic for outcome in outcomes.values())
    by_fault = ", ".join(f"{outcome.bad_answers} {name}" for name, outcome in outcomes.items())
    measured = f"{counted_users(total)} got a bad answer: {by_fault}"
    measured += "." if had_traffic else ". But model B had too little traffic at a fault to harm anybody."
    bars = [Bar(name=name, value=outcome.bad_answers) for name, outcome in outcomes.items()]
    picture_of_bad = BarsEvidence(title="Bad answers by fault", y_label="users", bars=bars)
    exam.decide(
        "bad-answers",
        passed=had_traffic and total <= BAD_ANSWERS,
        measured=measured,
        advice="React sooner: decide on seconds of traffic, not minutes; when B fails, ask A for the same user.",
        evidence=[picture_of_bad],
    )


def told(outcome: Outcome) -> str:
    """A rollback in a sentence."""
    if outcome.of_b_before >= 10 and not outcome.of_b_after:
        return "Traffic had left model B before anything was wrong with it, so nothing could be rolled back."
    if not outcome.had_traffic:
        return f"Only {outcome.of_b_before} requests reached model B before the fault, so nothing could be rolled back."
    harm = f"{counted_users(outcome.bad_answers)} got a bad answer"
    if outcome.seconds_to_rollback is None:
        return f"Traffic did not leave model B within {WATCH_SECONDS:.0f} s of the fault; {harm}."
    return f"Traffic was back on model A {outcome.seconds_to_rollback:.1f} s after the fault; {harm}."


def marks(outcome: Outcome) -> list[Mark]:
    """The fault, the rollback and the limit on the time axis."""
    found = [Mark(at=0, label="fault"), Mark(at=ROLLBACK_SECONDS, label="limit")]
    if outcome.seconds_to_rollback is not None:
        found.append(Mark(at=round(outcome.seconds_to_rollback, 2), label="back on A"))
    return found


def latency_picture(outcome: Outcome) -> PlotEvidence:
    """Every answer's time, by the model that gave it."""
    series = []
    for arm in ARMS:
        points = [
            (round(ask.sent - outcome.fault_at, 3), round(ask.reply.seconds * 1000, 1))
            for ask in outcome.system.asks
            if ask.answered_by == arm and ask.reply
        ]
        series.append(Series(name=arm, points=points[:: max(1, len(points) // 1500)]))
    title = "Time to answer, before and after the rollback"
    return PlotEvidence(
        title=title, x_label="seconds after the fault", y_label="milliseconds", series=series, marks=marks(outcome)
    )


def share_picture(outcome: Outcome) -> PlotEvidence:
    """The share of B and of bad answers, second by second."""
    asks, origin = outcome.system.asks, outcome.fault_at
    series = [
        Series(name="reached model B", points=per_second(asks, origin, lambda ask: "model-b" in ask.arms)),
        Series(name="bad answers", points=per_second(asks, origin, is_bad)),
    ]
    return PlotEvidence(
        title="Traffic on model B and bad answers",
        x_label="seconds after the fault",
        y_label="share of requests",
        series=series,
        marks=marks(outcome),
    )
