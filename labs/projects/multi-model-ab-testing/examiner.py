"""Examines a multi-model A/B testing platform by how it behaves; the brief publishes every limit used here."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import AsyncExitStack

from labs.exams.errors import ExaminerBroke
from labs.exams.examination import Examination
from labs.exams.manifest import Manifest
from labs.exams.two_arms import TwoArms

from .criteria.control import CONTROL_SECONDS, decide_control, kept_traffic, run_control
from .criteria.counters import Ledger, compare_errors, compare_feedback, decide_metrics
from .criteria.evidence import was_left_out
from .criteria.faults import Outcome, decide_rollbacks, fault_of, run_fault
from .criteria.split import examine_split

CALM_RATE, CALM_SECONDS = 47.0, 0.05
SWAMPED_SHARE, SWAMPED_SECONDS = 0.5, 0.25
FAULTS = ("slow", "failing", "wrong")


async def examine(exam: Examination) -> None:
    """Two rounds on fresh starts: the split beside the control, then the three faults beside each other.

    On a busy machine the faults take turns, and what failed there by the clock is tried once more, alone:
    load from elsewhere must not decide a verdict. A wrong system is wrong again. Who never asks model B
    cannot pass, and needs no clock to be seen.
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
    is_timed = not was_left_out(control.asks)
    if is_timed and not is_calm and not kept_traffic(control):
        control = await control_again(exam, manifest)
        if not kept_traffic(control):
            refuse_if_swamped(control)
    decide_control(exam, control)
    decide_rollbacks(exam, *await run_faults(exam, manifest, ledger, is_calm=is_calm, is_timed=is_timed))
    if is_timed and not ledger.agrees:
        refuse_if_swamped(control)
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
    exam: Examination, manifest: Manifest, ledger: Ledger, *, is_calm: bool, is_timed: bool
) -> tuple[Outcome, Outcome, Outcome]:
    """Slow, failing and wrong, each on a fresh start; again where a busy machine may have been the reason."""
    found: dict[str, Outcome] = {}
    for names in [FAULTS] if is_calm else [(name,) for name in FAULTS]:
        found |= await run_together(exam, manifest, ledger, names)
    for name, outcome in list(found.items()):
        if is_timed and not outcome.is_rolled_back and not machine_was_calm(outcome.system):
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
            await system.refresh_logs()
            told = f"POST /predict of the router gave {got} and no 'predictions' of 0 or 1 for a first user."
            for criterion in exam.plan.criteria:
                advice = "Send the example request of the brief to your router, and read its log."
                exam.decide(criterion.id, passed=False, measured=told, advice=advice, evidence=[*system.logs()])
            return False
    system.sync()
    system.asks.clear()
    return True
