"""`lms content check`: every mistake in pathways, modules, labs and projects at once."""

import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from uuid import UUID

import click

from curricula.loader import PACKAGED as CURRICULA
from curricula.loader import ContentErrors, Curriculum
from curricula.loader import load as load_curriculum
from labs.catalogue.loader import HERE as CATALOGUE
from labs.catalogue.loader import load_labs
from labs.catalogue.model import Lab
from labs.projects.loader import Project, load_projects, load_wrong
from schema import Problems, amount


@click.group(name="content")
def command() -> None:
    """Check what authors wrote."""


@command.command()
def check() -> None:
    """Say every mistake with its place and its mend.

    Reads all content; ends with 1 when there is a mistake.
    """
    problems, summary = find_problems()
    for problem in problems.relative_to(Path.cwd()):
        click.echo(str(problem))
    if problems:
        click.echo(f"{amount(len(problems), 'mistake')}.", err=True)
        sys.exit(1)
    click.echo(summary)


def find_problems() -> tuple[Problems, str]:
    """All problems of all content, and a line that says what there is."""
    problems = Problems()
    curriculum = _curriculum(problems)
    labs = load_labs(CATALOGUE, problems)
    projects = load_projects(problems)
    for project in projects.values():
        load_wrong(project, problems)
    if curriculum is None:
        return problems, ""
    check_references(curriculum, labs=labs, projects=projects, problems=problems)
    check_uuids(curriculum, labs=labs.values(), projects=projects.values(), problems=problems)
    counted = [(len(curriculum.pathways), "pathway"), (len(curriculum.modules), "module")]
    counted += [(len(labs), "lab"), (len(projects), "project")]
    return problems, ", ".join(amount(count, what) for count, what in counted) + ": no mistakes."


def _curriculum(problems: Problems) -> Curriculum | None:
    try:
        return load_curriculum()
    except ContentErrors as errors:
        problems.extend(errors.problems)
        return None


def check_references(
    curriculum: Curriculum, *, labs: Collection[str], projects: Collection[str], problems: Problems
) -> None:
    """The curriculum names labs and projects that it does not know: here, above both, the names are looked up."""
    for module in curriculum.modules:
        path = CURRICULA / "modules" / module.slug / "module.yaml"
        for activity in module.activities:
            for kind, known in (("lab", labs), ("project", projects)):
                named = getattr(activity, kind, None)
                if named is not None and named not in known:
                    problems.add(path, _line(path, named), f"there is no {kind} `{named}`", _known(known))
    for pathway in curriculum.pathways:
        path = CURRICULA / "pathways" / pathway.slug / "pathway.yaml"
        for named in pathway.projects:
            if named not in projects:
                problems.add(path, _line(path, named), f"there is no project `{named}`", _known(projects))


def check_uuids(
    curriculum: Curriculum, *, labs: Iterable[Lab], projects: Iterable[Project], problems: Problems
) -> None:
    """Progress hangs on uuids: one that stands in two files would give a learner what they never did."""
    first: dict[UUID, Path] = {}
    for uuid, path in _uuids(curriculum, labs, projects):
        if uuid in first:
            where = f"{first[uuid].parent.name}/{first[uuid].name}"
            problems.add(path, _line(path, str(uuid)), f"the uuid {uuid} is used already in {where}", "Make a new one.")
        first.setdefault(uuid, path)


def _uuids(curriculum: Curriculum, labs: Iterable[Lab], projects: Iterable[Project]) -> Iterator[tuple[UUID, Path]]:
    for pathway in curriculum.pathways:
        yield pathway.uuid, CURRICULA / "pathways" / pathway.slug / "pathway.yaml"
    for module in curriculum.modules:
        path = CURRICULA / "modules" / module.slug / "module.yaml"
        yield module.uuid, path
        yield from ((activity.uuid, path) for activity in module.activities)
    yield from ((lab.uuid, CATALOGUE / lab.slug / "lab.yaml") for lab in labs)
    yield from ((project.uuid, project.folder / "project.yaml") for project in projects)


def _line(path: Path, text: str) -> int:
    return next((number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line), 1)


def _known(names: Collection[str]) -> str:
    return f"There are: {', '.join(sorted(names)) or 'none yet'}."
