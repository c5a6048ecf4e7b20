"""Reads the labs of a folder and gathers every error; what lies across files is checked here too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from labs.catalogue.model import Lab, Step, WrongFile
from labs.catalogue.variants import SUFFIXES, script
from labs.components.loader import known_components
from schema import Problems, Sourced, read_source

HERE = Path(__file__).parent
NEEDS = {"mlflow": {"mlflow"}, "serving": {"serving", "mlflow"}, "prometheus": {"prometheus"}}


def load_labs(folder: Path, problems: Problems) -> Mapping[str, Lab]:
    """Read every lab of a folder; those with errors are left out, their errors noted."""
    read = [sourced for path in sorted(folder.glob("*/lab.yaml")) if (sourced := _read(path, problems))]
    for one in read:
        _check(one, problems)
        _check_wrong(one, problems)
    _check_uuids(read, problems)
    broken = {one.path for one in read if problems.within(one.path.parent)}
    return MappingProxyType({one.value.slug: one.value for one in read if one.path not in broken})


def _read(path: Path, problems: Problems) -> Sourced[Lab] | None:
    return read_source(path, Lab, problems, given={"slug": path.parent.name, "folder": path.parent})


def _check(read: Sourced[Lab], problems: Problems) -> None:
    lab, known = read.value, known_components()
    for index, name in enumerate(lab.components):
        if name not in known:
            mend = f"Use one of: {', '.join(known)}."
            problems.add(read.path, read.line("components", index), f"there is no component '{name}'", mend)
    if not lab.starter.is_dir():
        problems.add(read.path, 1, "there is no folder 'starter'", "Add it with at least a README.md.")
    if lab.open and not (lab.starter / lab.open).is_file():
        mend = "Name a file of starter/."
        problems.add(read.path, read.line("open"), f"the file '{lab.open}' is not in starter/", mend)
    seen: set[str] = set()
    for index, step in enumerate(lab.steps):
        if step.id in seen:
            problems.add(
                read.path, read.line("steps", index, "id"), f"the step id '{step.id}' is used twice", "Rename one."
            )
        seen.add(step.id)
        if script(lab.folder / "solution", step.id) is None:
            mend = f"Add solution/{step.id}.py or solution/{step.id}.sh."
            problems.add(read.path, read.line("steps", index, "id"), f"the step '{step.id}' has no solution", mend)
        for message, check in _lacking_components(lab, step):
            line = read.line("steps", index, "checks", check, "probe")
            problems.add(read.path, line, message, "Add it to 'components', or use another probe.")


def _lacking_components(lab: Lab, step: Step) -> Iterator[tuple[str, int]]:
    for index, check in enumerate(step.checks):
        needed = NEEDS.get(check.probe.partition(".")[0], set())
        if check.probe == "http.json":
            needed = {check.with_.component}
        for name in sorted(needed - set(lab.components)):
            yield f"the probe '{check.probe}' needs the component '{name}', which this lab does not have", index


def _check_wrong(read: Sourced[Lab], problems: Problems) -> None:
    lab = read.value
    ids = [step.id for step in lab.steps]
    folders = sorted(path for path in (lab.folder / "wrong").glob("*") if path.is_dir())
    if not folders:
        problems.add(
            read.path, 1, "there is no wrong/<name>/", "Add one believable mistake, so that the checks are tried."
        )
    for folder in folders:
        wrong = read_source(folder / "wrong.yaml", WrongFile, problems)
        for index, step_id in enumerate(wrong.value.fails if wrong else ()):
            if wrong and step_id not in ids:
                mend = f"Use one of: {', '.join(ids)}."
                problems.add(wrong.path, wrong.line("fails", index), f"the lab has no step '{step_id}'", mend)
        for path in sorted(folder.iterdir()):
            if path.suffix in SUFFIXES and path.stem not in ids:
                mend = f"Name it after one of: {', '.join(ids)}."
                problems.add(path, 1, f"the lab has no step '{path.stem}'", mend)


def _check_uuids(read: list[Sourced[Lab]], problems: Problems) -> None:
    first: dict[object, str] = {}
    for one in read:
        other = first.setdefault(one.value.uuid, one.value.slug)
        if other != one.value.slug:
            problems.add(one.path, one.line("uuid"), f"the uuid is also that of '{other}'", "Make a new one.")
