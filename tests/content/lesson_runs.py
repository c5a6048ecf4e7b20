"""Runs the tested code blocks of a lesson the way a learner would: in order, in one empty folder."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from schema.markdown import CodeBlock, code_blocks

LIMIT_SECONDS = 120


@dataclass
class Run:
    """Blocks of one language that follow each other and so share a process, and the outputs they promise."""

    language: str
    line: int
    code: str = ""
    outputs: list[CodeBlock] = field(default_factory=list)


def runs_of(lesson: str) -> list[Run]:
    """The runs of a lesson in document order."""
    runs: list[Run] = []
    for block in code_blocks(lesson):
        if "run" in block.flags:
            if not runs or runs[-1].language != block.language:
                runs.append(Run(block.language, block.line))
            # Blank lines keep the line numbers of a traceback those of the lesson.
            missing = block.line - runs[-1].line - runs[-1].code.count("\n")
            runs[-1].code += "\n" * missing + block.code
        elif "output" in block.flags and runs:
            runs[-1].outputs.append(block)
    return runs


def run_lesson(lesson: str, *, environment: Path, folder: Path, limit_seconds: float = LIMIT_SECONDS) -> list[str]:
    """Run all of it; gives what went wrong as sentences, none when all is as the lesson says."""
    work, home = folder / "work", folder / "home"
    work.mkdir()
    home.mkdir()
    deadline = time.monotonic() + limit_seconds
    for run in runs_of(lesson):
        script = folder / f"line-{run.line}.{run.language}"
        script.write_text(run.code, encoding="utf-8")
        status, stdout, stderr = _execute(
            _command(run, script, environment), work, _surroundings(environment, home), deadline
        )
        if status != 0:
            return [f"the {run.language} code from line {run.line} on ended with {status}:\n{stdout}\n{stderr}"]
        wrong = [output for output in run.outputs if _normal(output.code) not in _normal(stdout)]
        if wrong:
            return [f"line {block.line}: this output did not come:\n{block.code}\nbut:\n{stdout}" for block in wrong]
    return []


def _command(run: Run, script: Path, environment: Path) -> list[str]:
    if run.language == "python":
        return [str(environment / "bin" / "python"), str(script)]
    return ["bash", "-euo", "pipefail", str(script)]


def _surroundings(environment: Path, home: Path) -> dict[str, str]:
    return {
        "PATH": f"{environment / 'bin'}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(home.parent / "work"),
        "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db",
        "MPLBACKEND": "Agg",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _execute(
    command: list[str], work: Path, surroundings: dict[str, str], deadline: float
) -> tuple[int | str, str, str]:
    """Run in a session of its own, so that a block that hangs is ended with all it started."""
    process = subprocess.Popen(
        command,
        cwd=work,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        _end_session(process)
        stdout, stderr = process.communicate()
        return "no status, because the lesson took too long", stdout, stderr
    _end_session(process)
    return process.returncode, stdout, stderr


def _end_session(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _normal(text: str) -> str:
    return " ".join(text.split())
