"""The router's own counters against what the examiner counted."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from labs.exams.examination import Examination
from labs.exams.metrics import BadMetrics, Metrics, scrape
from labs.exams.report import Evidence, TableEvidence, TextEvidence
from labs.exams.two_arms import ARMS, TwoArms

TOLERANCE_SHARE, TOLERANCE_COUNT = 0.01, 2
PATIENCE_SECONDS = 5.0
TRIES = 3


@dataclass
class Ledger:
    """Comparisons of the router's own counters with the examiner's."""

    rows: list[tuple[str, float, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether everything could be read and was true."""
        return not self.problems and all(agrees(said, counted) for _, counted, said in self.rows)

    async def compare(self, what: str, system: TwoArms, metric: str, counted: float, **labels: str) -> None:
        """Read a counter until it agrees, for a few seconds; counters of a fresh start began at zero.

        On a busy machine one question may stay without an answer.
        """
        asked = time.monotonic()
        said, silences = float("nan"), 0
        while True:
            try:
                metrics: Metrics = await scrape(system.client, f"{system.router}/metrics")
            except BadMetrics as bad:
                if (silences := silences + 1) == TRIES:
                    self.problems.append(f"{what}: {bad}")
                    return
                await asyncio.sleep(0.5)
                continue
            if not metrics.has(metric):
                self.problems.append(f"{what}: there is no {metric} on /metrics.")
                return
            said = metrics.total(metric, **labels)
            if agrees(said, counted) or time.monotonic() > asked + PATIENCE_SECONDS:
                self.rows.append((what, counted, said))
                return
            await asyncio.sleep(0.5)


def agrees(said: float, counted: float) -> bool:
    """Within 1 % or 2, whichever is more."""
    return abs(said - counted) <= max(TOLERANCE_COUNT, TOLERANCE_SHARE * counted)


async def compare_traffic(ledger: Ledger, system: TwoArms, when: str) -> None:
    """Both models' request counters against the calls that the proxies passed on."""
    for arm, count in system.calls_by_arm().items():
        await ledger.compare(f"requests of {arm} {when}", system, "ab_requests_total", count, model=arm)


async def compare_feedback(ledger: Ledger, system: TwoArms) -> None:
    """The labels that the router counted, right and wrong."""
    for arm in ARMS:
        for outcome, count in system.feedback_sent[arm].items():
            what = f"labels that found {arm} {outcome}"
            await ledger.compare(what, system, "ab_feedback_total", count, model=arm, outcome=outcome)


async def compare_errors(ledger: Ledger, system: TwoArms) -> None:
    """The failed calls of model B, as the router tells them."""
    failed = [call for call in system.proxies["model-b"].calls if call.status == 503]
    labels = {"model": "model-b", "outcome": "error"}
    await ledger.compare("errors of model-b while it fails", system, "ab_requests_total", len(failed), **labels)


def decide_metrics(exam: Examination, ledger: Ledger) -> None:
    """Whether the router's own numbers were true, every time."""
    off = [row for row in ledger.rows if not agrees(row[2], row[1])]
    passed = ledger.agrees
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
