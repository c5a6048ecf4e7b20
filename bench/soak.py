"""Do verdicts wobble? The solution and every wrong variant, again and again, half of them on a busy machine.

    python -m bench.soak [--times 10] [--loaded 5] [--only NAME ...] [--output docs/soak.md]

Exit code 1 when any verdict or any point differs from what the variant declares.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from labs.exams.exam import examine
from labs.exams.report import Report
from labs.exams.settings import ExamSettings, default_settings
from labs.exams.variants import assemble, differences
from labs.projects import Project, WrongVariant, load_projects, load_wrong
from schema import Problems

SOLUTION = WrongVariant(title="The reference solution", loses={}, verdict="passed")


@dataclass
class Row:
    """What one variant got, over all its exams."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


@contextmanager
def cpu_load(processes: int) -> Iterator[None]:
    """Keep that many cores busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def soak(project: Project, *, settings: ExamSettings, times: int, loaded: int, only: list[str]) -> list[Row]:
    """Every variant `times` times, the last `loaded` of them with every core busy."""
    problems = Problems()
    variants = {"solution": SOLUTION, **load_wrong(project, problems)}
    if problems:
        raise SystemExit(str(problems))
    rows = {name: Row(name) for name in variants if not only or name in only}
    for number in range(times):
        is_loaded = number >= times - loaded
        for name, row in rows.items():
            with cpu_load(os.cpu_count() or 1) if is_loaded else cpu_load(0):
                report = one(project, name, settings=settings)
            note(row, report, variants[name], is_loaded=is_loaded)
            wrong = "" if not differences(report, variants[name]) else "  DIFFERS"
            when = "loaded" if is_loaded else "idle"
            print(
                f"{time.strftime('%H:%M:%S')} {number + 1}/{times} {when:6} {name:28} {report.verdict:13}"
                f" {report.points:5g} {report.seconds:6.1f} s{wrong}",
                flush=True,
            )
            for difference in differences(report, variants[name]):
                print("    " + difference, flush=True)
    return list(rows.values())


def one(project: Project, name: str, *, settings: ExamSettings) -> Report:
    """One exam of one variant."""
    with tempfile.TemporaryDirectory() as own:
        folder = project.folder / "solution" if name == "solution" else assemble(project, name, Path(own) / "variant")
        return examine(project, folder, settings=settings, on_event=lambda event: None)


def note(row: Row, report: Report, variant: WrongVariant, *, is_loaded: bool) -> None:
    """Add one report to its row."""
    lost = ", ".join(f"{c.id} -{c.max_points - c.points:g}" for c in report.criteria if c.points < c.max_points)
    row.outcomes[f"{report.verdict}, {report.points:g} points" + (f" ({lost})" if lost else "")] += 1
    row.seconds.append(report.seconds)
    when = "loaded" if is_loaded else "idle"
    row.differences += [f"{row.name} ({when}): {difference}" for difference in differences(report, variant)]


def table(project: Project, rows: list[Row], *, times: int, loaded: int) -> str:
    """The Markdown to publish."""
    lines = [
        f"# Verdicts of {project.title}",
        "",
        f"Each variant was examined {times} times, {loaded} of them with every core busy"
        f" ({os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}).",
        "",
        "| variant | outcomes | seconds, median (longest) | as declared |",
        "|---|---|---|---|",
    ]
    for row in rows:
        outcomes = "; ".join(f"{count} x {outcome}" for outcome, count in row.outcomes.most_common())
        middle = sorted(row.seconds)[len(row.seconds) // 2]
        verdict = "no" if row.differences else "yes"
        lines.append(f"| {row.name} | {outcomes} | {middle:.0f} ({max(row.seconds):.0f}) | {verdict} |")
    lines += ["", *[f"- {difference}" for row in rows for difference in row.differences]]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Soak every project; 1 when anything differed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--loaded", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    problems = Problems()
    projects = load_projects(problems)
    if problems:
        raise SystemExit(str(problems))
    pages, is_steady = [], True
    with tempfile.TemporaryDirectory() as state:
        settings = replace(default_settings(), state=Path(state))
        for project in projects.values():
            rows = soak(project, settings=settings, times=given.times, loaded=given.loaded, only=given.only)
            pages.append(table(project, rows, times=given.times, loaded=given.loaded))
            is_steady = is_steady and not any(row.differences for row in rows)
    page = "\n".join(pages)
    print(page)
    if given.output:
        given.output.write_text(page, encoding="utf-8")
    return 0 if is_steady else 1


if __name__ == "__main__":
    sys.exit(main())
