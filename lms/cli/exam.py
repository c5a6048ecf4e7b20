"""`lms exam`: the same exam as on the platform, on a folder, without an account."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labs.exams.errors import ExaminerBroke
from labs.exams.events import CriterionDecided, Event, PhaseEnded, PhaseStarted, Progress, WaitingForTurn
from labs.exams.exam import examine
from labs.exams.report import LogEvidence, Report
from labs.exams.settings import default_settings
from labs.projects import Project, load_project, load_projects
from schema import Problems

EXIT_CODES = {"passed": 0, "failed": 1, "not gradable": 2}


@click.group()
def exam() -> None:
    """Examine portfolio projects."""


@exam.command()
@click.argument("project")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, and nothing else on standard output.")
def run(project: str, folder: Path, as_json: bool) -> None:
    """Examine FOLDER as a submission of PROJECT.

    Ends with 0 when it passed, 1 when it failed, 2 when it could not be graded.
    """
    shown = Console(stderr=as_json, highlight=False, markup=False)
    try:
        settings = default_settings()
    except ExaminerBroke as missing:
        click.echo(str(missing), err=True)
        sys.exit(2)
    settings.state.mkdir(parents=True, exist_ok=True)
    report = examine(_project(project), folder, settings=settings, on_event=lambda event: _tell(shown, event))
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        _show(shown, report)
    sys.exit(EXIT_CODES[report.verdict])


def _project(slug: str) -> Project:
    problems = Problems()
    known = load_projects(problems)
    if slug not in known and not problems:
        raise click.BadParameter(f"There is no project {slug!r}. There is: {', '.join(known)}.")
    found = load_project(slug, problems)
    if found is None:
        raise click.ClickException(str(problems))
    return found


def _tell(shown: Console, event: Event) -> None:
    match event:
        case WaitingForTurn(position=position):
            shown.print(f"waiting for our turn: {position} before us", style="yellow")
        case PhaseStarted(name=name):
            shown.print(f"{name} ...", style="bold")
        case PhaseEnded(name=name, seconds=seconds):
            shown.print(f"{name}: {seconds:.1f} s", style="dim")
        case Progress(text=text):
            shown.print(f"  {text}", style="dim")
        case CriterionDecided(result=result):
            # Its points count only when the whole exam can be graded, which nobody knows before its end.
            shown.print(f"  measured: {result.title}", style="dim")


def _show(shown: Console, report: Report) -> None:
    for item in report.evidence:
        if isinstance(item, LogEvidence):
            shown.print(f"\n{item.title}\n{item.text}")
    if report.criteria:
        table = Table("criterion", "points", "measured", "limit", title=f"{report.project}: {report.verdict}")
        for result in report.criteria:
            measured = f"{result.measured}\n{result.advice}".strip()
            sign, style = ("✓", "green") if result.points >= result.max_points else ("✗", "red")
            points = Text(f"{sign} {result.points:g} / {result.max_points:g}", style=style, no_wrap=True)
            table.add_row(result.title, points, measured, result.limit)
        shown.print(table)
    shown.print(f"{report.verdict}: {report.message}", style="bold")
    shown.print(f"{report.seconds:.0f} s; isolation: {report.isolation}. {report.isolation_note}", style="dim")


command = exam  # what the root group looks for
