"""Examines a multi-model A/B testing platform by how it behaves; the brief publishes every limit used here."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from labs.exams.errors import ExaminerBroke
from labs.exams.examination import Examination
from labs.exams.machine import CpuWatch
from labs.exams.manifest import Manifest
from labs.exams.metrics import BadMetrics, Metrics, scrape
from labs.exams.proxies import Fault
from labs.exams.report import (
    Bar,
    BarsEvidence,
    Evidence,
    Mark,
    PlotEvidence,
    Series,
    TableEvidence,
    TextEvidence,
)
from labs.exams.rollback import quiet_from
from labs.exams.statistics import acceptance_region, runs_test
from labs.exams.traffic import at_rate
from labs.exams.two_arms import ARMS, Ask, TwoArms

USERS = 2_000
SHARE_OF_B = 0.10
STICKY_USERS, STICKY_REPEATS = 20, 5
RATE = 50.0
WARM_UP_SECONDS = 6.0
CONTROL_SECONDS = 30.0
ROLLBACK_SECONDS = 20.0
WATCH_SECONDS = 26.0
SLOW_SECONDS, TOO_LATE_SECONDS = 0.5, 0.4
DEGRADED_ACCURACY = 0.60
BAD_ANSWERS = 150
CALM_RATE, CALM_SECONDS = 47.0, 0.05
SWAMPED_SHARE, SWAMPED_SECONDS = 0.5, 0.25
FAULTS = ("slow", "failing", "wrong")
TOLERANCE_SHARE, TOLERANCE_COUNT = 0.01, 2
METRICS_PATIENCE_SECONDS = 5.0
CONTROL_LAST_REQUESTS, CONTROL_LEAST_OF_B = 500, 15


async def examine(exam: Examination) -> None:
    """Two rounds on fresh starts: the split beside the control, then the three faults beside each other.

    On a busy machine the faults take turns, and what failed there by the clock is tried once more, alone:
    load from elsewhere must not decide a verdict. A wrong system is wrong again.
    """
    manifest = exam.manifest("model-a", "model-b", "router")
    ledger = Ledger()
    async with AsyncExitStack() as exits:
        async with exam.phase("starting the services"):
            split, control = await start(exam, manifest, exits, "split", "control")
        if not await answers(exam, split):
            return
        async with exam.phase("2,000 users, and 30 s without a fault"):
            await asyncio.gather(examine_split(exam, split, ledger), run_control(control))
            await compare_feedback(ledger, control)
    is_calm = machine_was_calm(control, at_least=CALM_RATE * CONTROL_SECONDS)
    if not is_calm and not kept_traffic(control):
        control = await control_again(exam, manifest)
        if not kept_traffic(control):
            refuse_if_swamped(control)
    decide_control(exam, control)
    decide_rollbacks(exam, *await run_faults(exam, manifest, ledger, is_calm=is_calm))
    decide_metrics(exam, ledger)


def machine_was_calm(system: TwoArms, *, at_least: float = 0) -> bool:
    """Whether healthy answers came fast and at the rate that was asked for."""
    times = [ask.reply.seconds for ask in system.asks if ask.reply and "model-b" not in ask.arms]
    return bool(times) and len(system.asks) >= at_least and statistics.median(times) <= CALM_SECONDS


def refuse_if_swamped(system: TwoArms) -> None:
    """End the exam as our own fault when others took the machine away, so that time means nothing."""
    times = [ask.reply.seconds for ask in system.asks if ask.reply and "model-b" not in ask.arms]
    if system.share_elsewhere > SWAMPED_SHARE and statistics.median(times or [0]) > SWAMPED_SECONDS:
        raise ExaminerBroke(
            f"other programs used {system.share_elsewhere:.0%} of this machine, so that healthy answers took "
            f"{statistics.median(times):.2f} s. Try again when it is quieter."
        )


async def control_again(exam: Examination, manifest: Manifest) -> TwoArms:
    """The control on a start of its own, with nothing beside it."""
    name = "30 s without a fault, again: the machine was busy"
    async with AsyncExitStack() as exits, exam.phase(name):
        (control,) = await start(exam, manifest, exits, "control-again")
        await run_control(control)
    return control


async def run_faults(
    exam: Examination, manifest: Manifest, ledger: Ledger, *, is_calm: bool
) -> tuple[Outcome, Outcome, Outcome]:
    """Slow, failing and wrong, each on a fresh start."""
    found: dict[str, Outcome] = {}
    for names in [FAULTS] if is_calm else [(name,) for name in FAULTS]:
        found |= await run_together(exam, manifest, ledger, names)
    for name, outcome in list(found.items()):
        if not outcome.is_rolled_back and not machine_was_calm(outcome.system):
            exam.progress(f"{name}: once more, the machine was busy")
            found |= await run_together(exam, manifest, ledger, (name,))
            if not found[name].is_rolled_back:
                refuse_if_swamped(found[name].system)
    return found["slow"], found["failing"], found["wrong"]


async def run_together(
    exam: Examination, manifest: Manifest, ledger: Ledger, names: tuple[str, ...]
) -> dict[str, Outcome]:
    """These faults at the same time, each in a system of its own."""
    told = ", ".join(names)
    async with AsyncExitStack() as exits:
        async with exam.phase(f"starting the services afresh: {told}"):
            systems = await start(exam, manifest, exits, *names)
        async with exam.phase(f"model B is made {told}"):
            outcomes = await asyncio.gather(*(run_fault(exam, system, fault_of(system)) for system in systems))
        for system in systems:
            if system.name == "failing":
                await compare_errors(ledger, system)
    return dict(zip(names, outcomes, strict=True))


def fault_of(system: TwoArms) -> Fault:
    """What goes wrong with model B in this system."""
    return {
        "slow": Fault(delay_seconds=SLOW_SECONDS),
        "failing": Fault(status=503),
        "wrong": Fault(rewrite=system.degraded(DEGRADED_ACCURACY)),
    }[system.name]


async def compare_errors(ledger: Ledger, system: TwoArms) -> None:
    """The failed calls of model B, as the router tells them."""
    failed = [call for call in system.proxies["model-b"].calls if call.status == 503]
    labels = {"model": "model-b", "outcome": "error"}
    await ledger.compare("errors of model-b while it fails", system, "ab_requests_total", len(failed), **labels)


async def start(exam: Examination, manifest: Manifest, exits: AsyncExitStack, *names: str) -> list[TwoArms]:
    """Fresh starts, all at once; a start that fails ends the exam with its log."""
    systems = [TwoArms(exam, manifest, name=name) for name in names]
    started = await asyncio.gather(*(exits.enter_async_context(system) for system in systems), return_exceptions=True)
    for outcome in started:
        if isinstance(outcome, BaseException):
            raise outcome
    return systems


async def answers(exam: Examination, system: TwoArms) -> bool:
    """Whether the router answers at all; when not, everything is lost at once and the reason is told."""
    for _ in range(3):
        ask = await system.ask(system.new_user())
        if ask.predictions is None:
            reply = ask.reply
            got = f"status {reply.status}" if reply and reply.status else f"nothing ({reply.error if reply else ''})"
            told = f"POST /predict of the router gave {got} and no 'predictions' of 0 or 1 for a first user."
            for criterion in exam.plan.criteria:
                advice = "Send the example request of the brief to your router, and read its log."
                exam.decide(criterion.id, passed=False, measured=told, advice=advice, evidence=[*system.logs()])
            return False
    system.sync()
    system.asks.clear()
    return True


# --- the split -------------------------------------------------------------------------------------------------


@dataclass
class Ledger:
    """Comparisons of the router's own counters with the examiner's."""

    rows: list[tuple[str, float, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def compare(self, what: str, system: TwoArms, metric: str, counted: float, **labels: str) -> None:
        """Read a counter until it agrees, for a few seconds; counters of a fresh start began at zero."""
        until = time.monotonic() + METRICS_PATIENCE_SECONDS
        said = float("nan")
        while True:
            try:
                metrics: Metrics = await scrape(system.client, f"{system.router}/metrics")
            except BadMetrics as bad:
                self.problems.append(f"{what}: {bad}")
                return
            if not metrics.has(metric):
                self.problems.append(f"{what}: there is no {metric} on /metrics.")
                return
            said = metrics.total(metric, **labels)
            if agrees(said, counted) or time.monotonic() > until:
                self.rows.append((what, counted, said))
                return
            await asyncio.sleep(0.5)


def agrees(said: float, counted: float) -> bool:
    """Within 1 % or 2, whichever is more."""
    return abs(said - counted) <= max(TOLERANCE_COUNT, TOLERANCE_SHARE * counted)


async def examine_split(exam: Examination, system: TwoArms, ledger: Ledger) -> None:
    """Ask 2,000 users one after another, then some of them again."""
    for number in range(USERS):
        await system.ask(system.new_user())
        if number % 500 == 499:
            exam.progress(f"{number + 1:,} of {USERS:,} users asked")
    system.sync()
    first = list(system.asks)
    decide_split(exam, first, system)
    decide_independent(exam, first, system)
    await compare_traffic(ledger, system, "after 2,000 users")
    await examine_sticky(exam, first, system)
    await compare_traffic(ledger, system, "after asking 40 users again")
    counts = system.calls_by_arm()
    for arm in ARMS:
        await ledger.compare(f"latencies of {arm}", system, "ab_request_seconds_count", counts[arm], model=arm)


async def compare_traffic(ledger: Ledger, system: TwoArms, when: str) -> None:
    """Both models' request counters against the calls that the proxies passed on."""
    for arm, count in system.calls_by_arm().items():
        await ledger.compare(f"requests of {arm} {when}", system, "ab_requests_total", count, model=arm)


def decide_split(exam: Examination, asks: Sequence[Ask], system: TwoArms) -> None:
    """The share of users whom model B answered."""
    low, high = acceptance_region(USERS, SHARE_OF_B)
    one = [ask for ask in asks if len(ask.calls) == 1 and ask.answered_by in ask.arms]
    of_b = sum(ask.answered_by == "model-b" for ask in one)
    others = USERS - len(one)
    measured = f"{of_b:,} of {USERS:,} users were answered by model B ({of_b / USERS:.1%})"
    measured += f"; {others:,} were not answered by exactly one model." if others else "."
    bars = [
        Bar(name="model A", value=sum(ask.answered_by == "model-a" for ask in one), low=USERS - high, high=USERS - low),
        Bar(name="model B", value=of_b, low=low, high=high),
        Bar(name="neither, or both", value=others, low=0, high=0),
    ]
    picture = BarsEvidence(title="Who answered 2,000 users", y_label="users", bars=bars)
    advice = "Send one user in ten to model B, call one model for a request, and pass its predictions on as they are."
    is_right = low <= of_b <= high and not others
    exam.decide("split", passed=is_right, measured=measured, advice=advice, evidence=[picture, *logs(system, is_right)])


def decide_independent(exam: Examination, asks: Sequence[Ask], system: TwoArms) -> None:
    """Whether the order of models looks like chance."""
    test = runs_test(["model-b" in ask.arms for ask in asks])
    measured = (
        f"{test.runs} runs of the same model in a row; chance gives {test.expected:.0f} on average, "
        f"and so far from it with p = {test.p_value:.2g}."
    )
    gaps = TableEvidence(
        title="Runs test",
        columns=["model B", "model A", "runs", "expected runs", "p"],
        rows=[[test.ones, test.zeros, test.runs, round(test.expected, 1), round(test.p_value, 6)]],
    )
    advice = "Choose by the user, for instance by a hash of user_id; a counter or a timer makes a pattern."
    exam.decide("independent", passed=test.is_random(), measured=measured, advice=advice, evidence=[gaps])


async def examine_sticky(exam: Examination, first: Sequence[Ask], system: TwoArms) -> None:
    """Users of both models come back, mixed."""
    home = {ask.user: ask.answered_by for ask in first if len(ask.arms) == 1 and ask.answered_by}
    chosen = [user for arm in ARMS for user in [u for u, a in home.items() if a == arm][:STICKY_USERS]]
    again = chosen * STICKY_REPEATS
    random.Random(exam.plan.seed).shuffle(again)  # noqa: S311 - repeatable, not secret
    asks = [await system.ask(user) for user in again]
    system.sync()
    moved = [ask for ask in asks if ask.arms != {home[ask.user]}]
    both = len({home[user] for user in chosen}) == 2
    measured = f"{len(moved)} of {len(asks)} repeated requests of {len(chosen)} users reached another model."
    if not both:
        measured += " Only one model had users, so staying with it shows nothing."
    rows: list[list[str | int | float]] = [
        [ask.user, str(home[ask.user]), ", ".join(sorted(ask.arms)) or "no model"] for ask in moved[:20]
    ]
    evidence: list[Evidence] = []
    if rows:
        evidence = [TableEvidence(title="Users who moved (first 20)", columns=["user", "first", "then"], rows=rows)]
    advice = "The same user_id must always give the same model, also after a restart: hash it, do not roll dice."
    exam.decide("sticky", passed=both and not moved, measured=measured, advice=advice, evidence=evidence)


# --- the control -----------------------------------------------------------------------------------------------


async def run_control(system: TwoArms) -> None:
    """Nothing is wrong for 30 s."""
    watch, end = CpuWatch(), time.monotonic() + CONTROL_SECONDS
    await at_rate(lambda: system.ask_and_tell(system.new_user()), rate=RATE, is_over=lambda: time.monotonic() >= end)
    system.share_elsewhere = watch.share_elsewhere()
    system.sync()


def kept_traffic(system: TwoArms) -> bool:
    """Whether model B was never left alone."""
    reached = reached_b(system.asks)
    return quiet_from(reached) is None and sum(reached[-CONTROL_LAST_REQUESTS:]) >= CONTROL_LEAST_OF_B


def decide_control(exam: Examination, system: TwoArms) -> None:
    """A rollback of a healthy model is an error."""
    reached, started = reached_b(system.asks), system.asks[0].sent
    quiet, is_right = quiet_from(reached), kept_traffic(system)
    late = sum(reached[-CONTROL_LAST_REQUESTS:])
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


async def compare_feedback(ledger: Ledger, system: TwoArms) -> None:
    """The labels that the router counted, right and wrong."""
    for arm in ARMS:
        for outcome, count in system.feedback_sent[arm].items():
            what = f"labels that found {arm} {outcome}"
            await ledger.compare(what, system, "ab_feedback_total", count, model=arm, outcome=outcome)


# --- the faults ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What one fault did to the users."""

    system: TwoArms
    fault_at: float
    of_b_before: int
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
        """Whether there was anything to roll back."""
        return self.of_b_before >= 10


async def run_fault(exam: Examination, system: TwoArms, fault: Fault) -> Outcome:
    """Warm up, break model B, and watch until its traffic is gone or the time is up."""
    warm = time.monotonic() + WARM_UP_SECONDS
    fault_at, watch = float("inf"), CpuWatch()

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
    system.share_elsewhere = watch.share_elsewhere()
    system.sync()
    before = [ask for ask in system.asks if ask.sent < fault_at]
    after = [ask for ask in system.asks if ask.sent >= fault_at]
    quiet = quiet_after(system.asks, fault_at)
    taken = None if quiet is None else max(0.0, system.asks[quiet].sent - fault_at)
    told_taken = "traffic stayed on model B" if taken is None else f"back on A in {taken:.1f} s"
    exam.progress(f"{system.name}: {told_taken}")
    return Outcome(system, fault_at, sum(reached_b(before)), taken, sum(is_bad(ask) for ask in after))


def quiet_after(asks: Sequence[Ask], moment: float) -> int | None:
    """The request from which B was left alone, at or after `moment`."""
    start = next((i for i, ask in enumerate(asks) if ask.sent >= moment), None)
    return None if start is None else quiet_from(reached_b(asks), start=start)


def reached_b(asks: Sequence[Ask]) -> list[bool]:
    """For every request, whether model B was called for it."""
    return ["model-b" in ask.arms for ask in asks]


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
    measured = f"{total} users got a bad answer: {by_fault}"
    measured += "." if had_traffic else ". But model B had too little traffic before a fault to harm anybody."
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
    if not outcome.had_traffic:
        return f"Only {outcome.of_b_before} requests reached model B before the fault, so nothing could be rolled back."
    harm = f"{outcome.bad_answers} users got a bad answer"
    if outcome.seconds_to_rollback is None:
        return f"Traffic did not leave model B within {WATCH_SECONDS:.0f} s of the fault; {harm}."
    return f"Traffic was back on model A {outcome.seconds_to_rollback:.1f} s after the fault; {harm}."


def decide_metrics(exam: Examination, ledger: Ledger) -> None:
    """Whether the router's own numbers were true, every time."""
    off = [row for row in ledger.rows if not agrees(row[2], row[1])]
    passed = not off and not ledger.problems
    measured = f"{len(ledger.rows) - len(off)} of {len(ledger.rows) + len(ledger.problems)} counters agreed."
    if off:
        what, counted, said = off[0]
        measured += f" For instance {what}: {counted:g} were counted, /metrics said {said:g}."
    rows: list[list[str | int | float]] = [
        [what, counted, said, "yes" if agrees(said, counted) else "no"] for what, counted, said in ledger.rows
    ]
    columns = ["what", "counted", "/metrics", "agrees"]
    evidence: list[Evidence] = [
        TableEvidence(title="The examiner's and the router's counts", columns=columns, rows=rows)
    ]
    if ledger.problems:
        evidence.append(TextEvidence(title="What could not be read", text="\n".join(ledger.problems)[:8000]))
        measured += " " + ledger.problems[0]
    advice = "Count every call where it is made, with the labels of the brief, and never compute a count from the plan."
    exam.decide("metrics", passed=passed, measured=measured, advice=advice, evidence=evidence)


# --- pictures --------------------------------------------------------------------------------------------------


def logs(system: TwoArms, passed: bool) -> list[Evidence]:
    """The services' logs where points were lost."""
    return [] if passed else [*system.logs()]


def per_second(asks: Sequence[Ask], origin: float, is_counted: Callable[[Ask], bool]) -> list[tuple[float, float]]:
    """For every second, the share of requests that count."""
    seconds: dict[int, list[bool]] = {}
    for ask in asks:
        seconds.setdefault(int((ask.sent - origin) // 1), []).append(is_counted(ask))
    return [(float(second), sum(flags) / len(flags)) for second, flags in sorted(seconds.items())]


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
