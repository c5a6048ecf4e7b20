"""What the examiner process is told: a file of plain JSON, no address and no secret of ours."""

from pathlib import Path

from labs.exams.report import Isolation, Strict


class PlannedCriterion(Strict):
    """A published criterion."""

    id: str
    title: str
    points: float
    limit: str


class Plan(Strict):
    """Everything an examiner knows."""

    project: str
    examiner: Path
    criteria: tuple[PlannedCriterion, ...]
    submission: Path
    isolation: Isolation
    lab_python: Path
    lab_reads: tuple[Path, ...]
    seed: str
    hands_out: bool = False
    """Whether systems fetch the submission from the examiner."""
