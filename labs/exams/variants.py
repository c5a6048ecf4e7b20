"""Submissions that we made ourselves: the solution, the starter, and the wrong ones laid over the solution."""

import shutil
from pathlib import Path

from labs.exams.report import Report
from labs.projects import Project, WrongVariant


def assemble(project: Project, name: str, target: Path) -> Path:
    """Put the wrong variant `name` together in `target`: its own files replace those of the solution."""
    shutil.copytree(project.folder / "solution", target)
    overlay = project.folder / "wrong" / name
    shutil.copytree(overlay, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("wrong.yaml", "__pycache__"))
    return target


def differences(report: Report, variant: WrongVariant) -> list[str]:
    """How a report differs from what the variant declares; empty when it does not."""
    found = []
    if report.verdict != variant.verdict:
        found.append(f"the verdict is {report.verdict}, not {variant.verdict}: {report.message}")
    if variant.verdict == "not gradable":
        return found if report.fault == "learner" else [*found, f"the fault is {report.fault}, not the learner's"]
    for result in report.criteria:
        lost = result.max_points - result.points
        if lost != variant.loses.get(result.id, 0):
            found.append(f"{result.id} loses {lost:g}, not {variant.loses.get(result.id, 0):g}: {result.measured}")
    return found
