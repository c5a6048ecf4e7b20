"""What an exam needs to know about the machine that it runs on."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from labs.exams.errors import ExaminerBroke
from labs.exams.host import ExamHost
from labs.places import academy_home, lab_environment


@dataclass(frozen=True, kw_only=True)
class ExamSettings:
    """Learners' services run with `lab_python`; our examiner with the platform's own interpreter.

    The two never share an environment: what a learner's process can import or write to is nothing that
    judges it, and scipy and the metrics parser are locked together with the platform that trusts them.
    """

    lab_python: Path
    state: Path
    examiner_python: Path = field(default_factory=lambda: Path(sys.executable))
    isolation: Literal["auto", "required", "none"] = "auto"
    time_limit_seconds: float = 600
    seed: str | None = None
    host: ExamHost | None = None
    """Where exams are held instead of on this machine."""


def lab_python(home: Path) -> Path:
    """The interpreter of the locked lab environment that belongs to this checkout."""
    python = lab_environment(home).resolve() / "bin" / "python"
    if not python.exists():
        raise ExaminerBroke(f"The lab environment {python.parents[1]} does not exist. Run `make up` once to build it.")
    return python


def default_settings() -> ExamSettings:
    """Settings for an exam from the shell."""
    home = academy_home()
    return ExamSettings(lab_python=lab_python(home), state=home / "exams")
