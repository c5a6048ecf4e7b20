"""The first file of an examiner process; run by path, so that nothing but our own code is on its path.

With a plan's path it examines beside its services; without one it reads everything from its standard input, and asks
its caller for systems.
"""

import asyncio
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from labs.exams import bundle
from labs.exams.asking import LAST_SECONDS, TOLD_TO_END
from labs.exams.errors import ExaminerBroke, LearnerFault, ManifestError
from labs.exams.events import FinalFindings
from labs.exams.examination import Examination
from labs.exams.handing_out import handing_out
from labs.exams.local_runner import LocalRunner
from labs.exams.plan import Plan
from labs.exams.remote_runner import Caller, RemoteRunner
from labs.exams.report import Findings, Strict
from labs.exams.runner import Runner

Heard = Callable[[bytes], None]


def main(plan_path: Path | None) -> None:
    """Run the project's `async def examine(exam)` and say its findings as the last line."""
    channel = os.dup(1)
    os.dup2(2, 1)  # a stray print must not look like a finding

    def tell(line: Strict) -> None:
        _write_all(channel, line.model_dump_json().encode() + b"\n")

    # Not sys.stdin: the interpreter waits for whoever reads from that when it ends.
    incoming = open(0, "rb", closefd=False)  # noqa: SIM115 - as long as this process
    if plan_path:
        plan = Plan.model_validate_json(plan_path.read_bytes())
        runner: Runner = LocalRunner(plan)
        heard: Heard = ignored
    else:
        plan = _unpacked(incoming)
        caller = Caller(tell)
        runner, heard = RemoteRunner(caller), caller.heard
    exam = Examination(plan, send=lambda line: _write_all(channel, line), runner=runner)
    try:
        exam.send(FinalFindings(findings=asyncio.run(_findings(plan, exam, incoming, heard))))
    except asyncio.CancelledError:
        sys.exit(TOLD_TO_END)


def _unpacked(incoming: IO[bytes]) -> Plan:
    try:
        return bundle.unpack(incoming)
    except EOFError:  # whoever sent it is gone
        sys.exit(TOLD_TO_END)


def ignored(line: bytes) -> None:
    """Nobody was asked anything, so nothing is an answer."""


async def _findings(plan: Plan, exam: Examination, incoming: IO[bytes], heard: Heard) -> Findings:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)

    def pass_on(line: bytes) -> None:
        loop.call_soon_threadsafe(heard, line)

    threading.Thread(target=_listen, args=(incoming, pass_on), daemon=True).start()
    try:
        async with AsyncExitStack() as exits:
            if plan.hands_out:
                await exits.enter_async_context(handing_out(bundle.INSIDE / "submission.tar"))
            await _project(plan).examine(exam)
    except ManifestError as wrong:
        return exam.findings(learner_fault=str(wrong))
    except LearnerFault as fault:
        return exam.findings(learner_fault=str(fault), evidence=list(fault.evidence))
    except ExaminerBroke as broke:
        return exam.findings(platform_fault=str(broke))
    return exam.findings()


def _project(plan: Plan) -> Any:
    # A package of its folder, so that a long examiner can have modules: from .criteria.split import ...
    around = [str(plan.examiner.parent)]
    spec = importlib.util.spec_from_file_location("project_examiner", plan.examiner, submodule_search_locations=around)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(plan.examiner)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _listen(incoming: IO[bytes], heard: Heard) -> None:
    # Standard input ends when the caller dies, on every system; Linux also sends SIGKILL by itself.
    for line in incoming:
        heard(line)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_SECONDS)
    os._exit(TOLD_TO_END)


def _write_all(channel: int, line: bytes) -> None:
    while line:
        line = line[os.write(channel, line) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
