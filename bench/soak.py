"""Do verdicts wobble? The solution and every wrong variant, again and again, half of them on a busy machine.

    python -m bench.soak [--times 10] [--loaded 5] [--only NAME ...] [--results FOLDER] [--output PAGE]

Every exam adds a line to the results, and what they hold already is not examined again: a soak takes hours, and may
be interrupted. Exit code 1 when any verdict or any point differs from what the variant declares.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from labs.exams.exam import examine
from labs.exams.report import Report
from labs.exams.settings import ExamSettings, default_settings
from labs.exams.variants import assemble, differences
from labs.projects import Project, WrongVariant, load_projects, load_wrong
from schema import Problems

SOLUTION = WrongVariant(title="The reference solution", loses={}, verdict="passed")


class Exam(BaseModel):
    """One exam of one variant, as a line of the results."""

    variant: str
    number: int
    is_loaded: bool
    seconds: float
    outcome: str
    differences: list[str]


@contextmanager
def cpu_load(processes: int) -> Iterator[None]:
    """Keep that many cores busy."""
    # They end with this process, however it ends.
    spin = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
    busy = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def soak(project: Project, *, settings: ExamSettings, times: int, loaded: int, only: list[str], results: Path) -> None:
    """Every variant `times` times, the last `loaded` of them with every core busy."""
    problems = Problems()
    variants = {"solution": SOLUTION, **load_wrong(project, problems)}
    if problems:
        raise SystemExit(str(problems))
    done = {(exam.variant, exam.number) for exam in read(results)}
    for number in range(1, times + 1):
        is_loaded = number > times - loaded
        for name, variant in variants.items():
            if (name, number) in done or (only and name not in only):
                continue
            with cpu_load(os.cpu_count() or 1) if is_loaded else cpu_load(0):
                report = one(project, name, settings=settings)
            exam = Exam(
                variant=name,
                number=number,
                is_loaded=is_loaded,
                seconds=report.seconds,
                outcome=told(report),
                differences=differences(report, variant),
            )
            with results.open("a", encoding="utf-8") as file:
                file.write(exam.model_dump_json() + "\n")
            say(exam, report)


def say(exam: Exam, report: Report) -> None:
    """A line for the exam; when it differs, what was measured too."""
    when = "loaded" if exam.is_loaded else "idle"
    lines = [
        f"{time.strftime('%H:%M:%S')} {exam.number} {when:6} {exam.variant:26} {exam.seconds:4.0f} s {exam.outcome}"
    ]
    if exam.differences:
        lines += [*exam.differences, *(f"{one.id}: {one.measured}" for one in report.criteria)]
    print("\n    ".join(lines), flush=True)


def one(project: Project, name: str, *, settings: ExamSettings) -> Report:
    """One exam of one variant."""
    with tempfile.TemporaryDirectory() as own:
        folder = project.folder / "solution" if name == "solution" else assemble(project, name, Path(own) / "variant")
        return examine(project, folder, settings=settings, on_event=lambda event: None)


def told(report: Report) -> str:
    """Verdict, points and where they went."""
    lost = ", ".join(f"{c.id} -{c.max_points - c.points:g}" for c in report.criteria if c.points < c.max_points)
    return f"{report.verdict}, {report.points:g} points" + (f" ({lost})" if lost else "")


def read(results: Path) -> list[Exam]:
    """The exams so far."""
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return [Exam.model_validate_json(line) for line in lines]


def table(project: Project, exams: list[Exam]) -> str:
    """The Markdown to publish."""
    lines = [
        f"# Verdicts of {project.title}",
        "",
        f"Each variant was examined again and again on {os.cpu_count()} cores, idle and with every core kept busy"
        f" ({time.strftime('%Y-%m-%d')}, `make soak`).",
        "",
        "| variant | idle | busy | outcomes | seconds idle, busy (medians) | as declared |",
        "|---|---:|---:|---|---|---|",
    ]
    for name in dict.fromkeys(exam.variant for exam in exams):
        mine = [exam for exam in exams if exam.variant == name]
        idle, busy = ([exam.seconds for exam in mine if exam.is_loaded is loaded] for loaded in (False, True))
        outcomes = "; ".join(f"{n} x {outcome}" for outcome, n in Counter(e.outcome for e in mine).most_common())
        seconds = ", ".join(f"{statistics.median(values):.0f}" if values else "-" for values in (idle, busy))
        verdict = "no" if any(exam.differences for exam in mine) else "yes"
        lines.append(f"| {name} | {len(idle)} | {len(busy)} | {outcomes} | {seconds} | {verdict} |")
    differing = [f"- {exam.variant}, {exam.number}: {line}" for exam in exams for line in exam.differences]
    return "\n".join([*lines, "", *differing]).rstrip() + "\n"


def main() -> int:
    """Soak every project; 1 when anything differed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--loaded", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--results", type=Path)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    problems = Problems()
    projects = load_projects(problems)
    if problems:
        raise SystemExit(str(problems))
    pages, is_steady = [], True
    with tempfile.TemporaryDirectory() as state:
        settings = replace(default_settings(), state=Path(state))
        for slug, project in projects.items():
            results = (given.results or Path(state)) / f"{slug}.jsonl"
            results.parent.mkdir(parents=True, exist_ok=True)
            soak(project, settings=settings, times=given.times, loaded=given.loaded, only=given.only, results=results)
            exams = read(results)
            pages.append(table(project, exams))
            is_steady = is_steady and not any(exam.differences for exam in exams)
    page = "\n".join(pages)
    print(page)
    if given.output:
        given.output.write_text(page, encoding="utf-8")
    return 0 if is_steady else 1


if __name__ == "__main__":
    sys.exit(main())
