"""Runs the examiner as a process of its own, in a sandbox where the machine has one."""

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from labs.exams import sandbox
from labs.exams.errors import ExaminerBroke
from labs.exams.events import Event
from labs.exams.listening import listen
from labs.exams.plan import Plan
from labs.exams.report import Findings
from labs.exams.settings import ExamSettings
from labs.exams.tether import tethered
from labs.places import REPOSITORY

_INSIDE = Path("/exam")


def run_examiner(plan: Plan, own: Path, *, settings: ExamSettings, on_event: Callable[[Event], None]) -> Findings:
    """The findings of one examiner; an ExaminerBroke when it crashes, lies about its format or takes too long."""
    argv, env = _command(plan, own, settings=settings)
    deadline = time.monotonic() + settings.time_limit_seconds
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            tethered(argv),
            env=env,
            stdin=subprocess.PIPE,  # its end tells an examiner without PDEATHSIG that we are gone
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        pipes = _Pipes(process)
        try:
            return listen(pipes, deadline=deadline, on_event=on_event)
        except ExaminerBroke as broke:
            raise ExaminerBroke(f"{broke} {_tail(errors)}".strip()) from broke
        finally:
            pipes.close()
            _end(process)


class _Pipes:
    """The process's standard output; nothing is ever sent to it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None  # noqa: S101 - Popen was given a pipe
        self._descriptor = process.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._descriptor, selectors.EVENT_READ)

    def receive(self, seconds: float) -> bytes | None:
        return os.read(self._descriptor, 65536) if self._selector.select(timeout=seconds) else None

    def send(self, data: bytes) -> None:
        raise NotImplementedError("an examiner beside its services asks for nothing")

    def close(self) -> None:
        self._selector.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Nothing of the exam is left when this returns: the sandbox's processes die with its first one."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _tail(errors: IO[bytes]) -> str:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - 1500))
    return errors.read().decode("utf-8", "replace").strip()


def _command(plan: Plan, own: Path, *, settings: ExamSettings) -> tuple[list[str], dict[str, str]]:
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    main = Path("labs/exams/examiner_main.py")
    if plan.isolation == "none":
        path = _write(plan, own)
        env |= {"TMPDIR": str(own)}
        return [str(settings.examiner_python), "-I", str(REPOSITORY / main), str(path)], env
    code = _INSIDE / "code"
    inside = plan.model_copy(
        update={"submission": _INSIDE / "submission", "examiner": _INSIDE / "project" / "examiner.py"}
    )
    reads = {str(folder): folder for folder in sandbox.python_folders(settings.examiner_python)}
    reads |= {str(folder): folder for folder in plan.lab_reads}
    reads |= {str(code / name): REPOSITORY / name for name in ("schema", "labs/exams", "labs/__init__.py")}
    reads[str(inside.examiner)] = plan.examiner
    if (modules := plan.examiner.parent / "criteria").is_dir():
        reads[str(inside.examiner.parent / "criteria")] = modules
    reads[str(inside.submission)] = plan.submission
    reads[str(_INSIDE / "plan.json")] = _write(inside, own)
    python = [str(settings.examiner_python), "-I", str(code / main), str(_INSIDE / "plan.json")]
    return sandbox.outer_argv(python, reads=reads, env=env), {"PATH": os.environ.get("PATH", env["PATH"])}


def _write(plan: Plan, own: Path) -> Path:
    path = own / "plan.json"
    path.write_text(json.dumps(plan.model_dump(mode="json")), encoding="utf-8")
    return path
