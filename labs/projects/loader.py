"""Reads project folders into frozen objects, every problem with its file and line."""

from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from schema import Content, Problems, read_yaml

PROJECTS = Path(__file__).parent
_TEXT = Annotated[str, Field(min_length=1)]


class Criterion(Content):
    """One thing that the examiner judges, as published."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    points: Annotated[int, Field(ge=1, le=100)]
    limit: _TEXT


class ProjectFile(Content):
    """project.yaml as written."""

    uuid: UUID
    title: _TEXT
    summary: _TEXT
    minutes: Annotated[int, Field(ge=1)]
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    attempts_per_day: Annotated[int, Field(ge=1, le=100)]
    brief: _TEXT
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [criterion.id for criterion in self.criteria]
        if len(ids) != len(set(ids)):
            raise ValueError("two criteria have the same id; give each its own")
        return self


class Project(ProjectFile):
    """A project and the folder that it lives in."""

    slug: str
    folder: Path

    @property
    def max_points(self) -> int:
        """What all criteria together are worth."""
        return sum(criterion.points for criterion in self.criteria)

    @property
    def pass_points(self) -> float:
        """The fewest points that pass."""
        return self.max_points * self.pass_percent / 100

    @property
    def brief_path(self) -> Path:
        """The page that tells the learner the contract."""
        return self.folder / self.brief

    @property
    def starter(self) -> Path:
        """The folder that a learner may begin with; not every project has one."""
        return self.folder / "starter"


class WrongVariant(Content):
    """A mistaken submission and what it must lose, to the point."""

    title: _TEXT
    loses: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    verdict: Literal["passed", "failed", "not gradable"] = "failed"


def load_project(slug: str, problems: Problems, *, root: Path = PROJECTS) -> Project | None:
    """One project; None when anything about it is wrong, all of it noted in `problems`."""
    folder = root / slug
    before = len(problems)
    written = read_yaml(folder / "project.yaml", ProjectFile, problems)
    if written is None:
        return None
    for name in (written.brief, "examiner.py"):
        if not (folder / name).is_file():
            problems.add(folder / "project.yaml", 1, f"the file {name} is missing beside it", "Write it.")
    if len(problems) > before:
        return None
    return Project(slug=slug, folder=folder, **{name: getattr(written, name) for name in ProjectFile.model_fields})


def load_projects(problems: Problems, *, root: Path = PROJECTS) -> dict[str, Project]:
    """Every project folder, by slug."""
    slugs = sorted(path.parent.name for path in root.glob("*/project.yaml"))
    loaded = (load_project(slug, problems, root=root) for slug in slugs)
    return {project.slug: project for project in loaded if project}


def load_wrong(project: Project, problems: Problems) -> dict[str, WrongVariant]:
    """The wrong variants of a project, by name; each names criteria that exist."""
    points = {criterion.id: criterion.points for criterion in project.criteria}
    found: dict[str, WrongVariant] = {}
    for path in sorted((project.folder / "wrong").glob("*/wrong.yaml")):
        variant = read_yaml(path, WrongVariant, problems)
        if variant is None:
            continue
        for criterion_id, lost in variant.loses.items():
            if lost > points.get(criterion_id, 0):
                problems.add(path, 1, f"it cannot lose {lost:g} points of '{criterion_id}'", "See project.yaml.")
        found[path.parent.name] = variant
    return found
