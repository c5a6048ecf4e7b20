"""The first file of an examiner process; run by path, so that nothing but our own code is on its path."""

import asyncio
import importlib.util
import os
import signal
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from labs.exams.errors import ExaminerBroke, LearnerFault, ManifestError
from labs.exams.events import FinalFindings
from labs.exams.examination import Examination
from labs.exams.local_runner import LocalRunner
from labs.exams.plan import Plan
from labs.exams.report import Findings


def main(plan_path: Path) -> None:
    """Run the project's `async def examine(exam)` and say its findings as the last line."""
    plan = Plan.model_validate_json(plan_path.read_bytes())
    channel = os.dup(1)
    os.dup2(2, 1)  # a stray print must not look like a finding
    threading.Thread(target=_leave_with_the_caller, daemon=True).start()
    exam = Examination(plan, send=lambda line: _write_all(channel, line), runner=LocalRunner(plan))
    findings = asyncio.run(_findings(plan, exam))
    exam.send(FinalFindings(findings=findings))


async def _findings(plan: Plan, exam: Examination) -> Findings:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    # A package of its folder, so that a long examiner can have modules: from .criteria.split import ...
    around = [str(plan.examiner.parent)]
    spec = importlib.util.spec_from_file_location("project_examiner", plan.examiner, submodule_search_locations=around)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(plan.examiner)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    try:
        await module.examine(exam)
    except ManifestError as wrong:
        return exam.findings(learner_fault=str(wrong))
    except LearnerFault as fault:
        return exam.findings(learner_fault=str(fault), evidence=list(fault.evidence))
    except ExaminerBroke as broke:
        return exam.findings(platform_fault=str(broke))
    return exam.findings()


def _leave_with_the_caller() -> None:
    # Standard input ends when the caller dies, on every system; Linux also sends SIGKILL by itself.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _write_all(channel: int, line: bytes) -> None:
    while line:
        line = line[os.write(channel, line) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
