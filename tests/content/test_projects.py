"""Every project through the production path: the solution passes, others lose exactly what they declare."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.exams.events import CriterionDecided, Event, PhaseEnded, PhaseStarted
from labs.exams.exam import examine
from labs.exams.report import Report
from labs.exams.settings import default_settings
from labs.exams.variants import assemble, differences
from labs.projects import Project, WrongVariant, load_projects, load_wrong
from schema import Problems

PROBLEMS = Problems()
PROJECTS = load_projects(PROBLEMS)
#: Who loses most is watched longest and comes first: at the end no process waits for what another began late.
WRONG = sorted(
    ((project, name, wrong) for project in PROJECTS.values() for name, wrong in load_wrong(project, PROBLEMS).items()),
    key=lambda one: -len(one[2].loses),
)
#: An exam measures latencies: it has the machine to itself.
pytestmark = [pytest.mark.timeout(700), pytest.mark.alone]


def exam(project: Project, folder: Path, state: Path, events: list[Event] | None = None) -> Report:
    """Held once more where the report asks for it, because other programs took the machine away."""
    state.mkdir(exist_ok=True)
    settings = replace(default_settings(), state=state)
    tell = (events if events is not None else []).append
    report = examine(project, folder, settings=settings, on_event=tell)
    if report.fault == "platform" and "Try again when it is quieter." in report.message:
        report = examine(project, folder, settings=settings, on_event=tell)
    return report


def test_project_files_are_sound() -> None:
    assert not PROBLEMS, str(PROBLEMS)
    assert PROJECTS
    for project in PROJECTS.values():
        assert len([name for which, name, _ in WRONG if which is project]) >= 6
        brief = project.brief_path.read_text(encoding="utf-8")
        for criterion in project.criteria:
            assert criterion.title in brief, f"{project.slug}: the brief does not tell of {criterion.title!r}"
            assert " ".join(criterion.limit.split()) in " ".join(brief.split()), criterion.id


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS.keys())
def test_the_solution_passes_with_full_points(project: Project, tmp_path: Path) -> None:
    events: list[Event] = []
    report = exam(project, project.folder / "solution", tmp_path / "state", events)
    assert not differences(report, WrongVariant(title="solution", verdict="passed"))
    assert report.points == report.max_points
    assert [one.id for one in report.criteria if not one.evidence] == [], "points without what was measured"
    assert {event.result.id for event in events if isinstance(event, CriterionDecided)} == {
        criterion.id for criterion in project.criteria
    }
    started = [event.name for event in events if isinstance(event, PhaseStarted)]
    assert started == [event.name for event in events if isinstance(event, PhaseEnded)]


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS.keys())
def test_an_empty_folder_is_told_what_is_missing(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = exam(project, tmp_path / "empty", tmp_path / "state")
    assert (report.verdict, report.fault, report.points) == ("not gradable", "learner", 0)
    assert "academy.yaml" in report.message


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS.keys())
def test_the_untouched_starter_fails(project: Project, tmp_path: Path) -> None:
    report = exam(project, project.folder / "starter", tmp_path / "state")
    assert (report.verdict, report.fault, report.points) == ("failed", "learner", 0), report.message


@pytest.mark.parametrize(("project", "name", "variant"), WRONG, ids=[name for _, name, _ in WRONG])
def test_a_wrong_one_loses_exactly_what_it_declares(
    project: Project, name: str, variant: WrongVariant, tmp_path: Path
) -> None:
    report = exam(project, assemble(project, name, tmp_path / "work"), tmp_path / "state")
    assert not differences(report, variant)
