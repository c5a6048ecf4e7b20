"""2,000 users are asked one after another, and some of them again."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from labs.exams.asks import Ask
from labs.exams.examination import Examination
from labs.exams.report import Bar, BarsEvidence, Evidence, TableEvidence
from labs.exams.statistics import acceptance_region, runs_test
from labs.exams.two_arms import ARMS, TwoArms

from .counters import Ledger, compare_traffic
from .evidence import logs

USERS = 2_000
SHARE_OF_B = 0.10
STICKY_USERS, STICKY_REPEATS = 20, 5


async def examine_split(exam: Examination, system: TwoArms, ledger: Ledger) -> None:
    """Ask 2,000 users one after another, then some of them again."""
    for number in range(USERS):
        await system.ask(system.new_user())
        if number % 500 == 499:
            exam.progress(f"{number + 1:,} of {USERS:,} users asked")
    system.sync()
    first = list(system.asks)
    await system.refresh_logs()
    decide_split(exam, first, system)
    decide_independent(exam, first, system)
    await compare_traffic(ledger, system, "after 2,000 users")
    await examine_sticky(exam, first, system)
    await compare_traffic(ledger, system, "after asking 40 users again")
    counts = system.calls_by_arm()
    for arm in ARMS:
        await ledger.compare(f"latencies of {arm}", system, "ab_request_seconds_count", counts[arm], model=arm)


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
    evidence = told_of_returns(asks, moved, home)
    advice = "The same user_id must always give the same model, also after a restart: hash it, do not roll dice."
    exam.decide("sticky", passed=both and not moved, measured=measured, advice=advice, evidence=evidence)


def told_of_returns(asks: Sequence[Ask], moved: Sequence[Ask], home: Mapping[str, str]) -> list[Evidence]:
    """For each model, how many requests of its users came back to it; below, the users who moved."""
    counts: list[list[str | int | float]] = []
    for arm in ARMS:
        again, lost = (sum(home[ask.user] == arm for ask in those) for those in (asks, moved))
        users = len({ask.user for ask in asks if home[ask.user] == arm})
        counts.append([arm, users, again, again - lost, lost])
    columns = ["first model", "users", "asked again", "same model", "another, or none"]
    title = "Where users who came back were sent"
    evidence: list[Evidence] = [TableEvidence(title=title, columns=columns, rows=counts)]
    if moved:
        rows: list[list[str | int | float]] = [
            [ask.user, home[ask.user], ", ".join(sorted(ask.arms)) or "no model"] for ask in moved[:20]
        ]
        evidence.append(TableEvidence(title="Users who moved (first 20)", columns=["user", "first", "then"], rows=rows))
    return evidence
