"""Runs the examiner as a process of its own and believes only lines that fit the schema."""

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from labs.exams import sandbox
from labs.exams.errors import ExaminerBroke
from labs.exams.events import LINE, Event, FinalFindings
from labs.exams.plan import Plan
from labs.exams.report import Findings
from labs.exams.settings import ExamSettings
from labs.exams.tether import tethered
from labs.places import REPOSITORY

MAX_LINE_BYTES = 2 * 1024 * 1024
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
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
        try:
            return _listen(process, deadline=deadline, on_event=on_event)
        except ExaminerBroke as broke:
            raise ExaminerBroke(f"{broke} {_tail(errors)}".strip()) from broke
        finally:
            _end(process)


def _listen(process: "subprocess.Popen[bytes]", *, deadline: float, on_event: Callable[[Event], None]) -> Findings:
    findings: Findings | None = None
    for line in _lines(process, deadline=deadline):
        if findings is not None:
            raise ExaminerBroke("the examiner spoke after its findings.")
        try:
            message = LINE.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = f"{first['loc']} {first['msg']}"
            raise ExaminerBroke(f"the examiner sent a line that does not fit: {where}.") from error
        if isinstance(message, FinalFindings):
            findings = message.findings
        else:
            on_event(message)
    if findings is None:
        raise ExaminerBroke("the examiner ended without findings.")
    return findings


def _lines(process: "subprocess.Popen[bytes]", *, deadline: float) -> Iterator[bytes]:
    assert process.stdout is not None  # noqa: S101 - Popen was given a pipe
    descriptor = process.stdout.fileno()
    waiting, total = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(timeout=left):
                raise ExaminerBroke("the exam took longer than its time limit.")
            chunk = os.read(descriptor, 65536)
            if not chunk:
                break
            total += len(chunk)
            waiting += chunk
            if total > MAX_OUTPUT_BYTES or len(waiting) > MAX_LINE_BYTES:
                raise ExaminerBroke("the examiner sent more than it may.")
            *complete, waiting = waiting.split(b"\n")
            yield from complete
    if waiting:
        raise ExaminerBroke("the examiner was cut off in the middle of a line.")


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
