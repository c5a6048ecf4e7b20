"""Reads every component.yaml and gathers every error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from labs.components.model import Component
from labs.errors import UnknownComponent
from schema import Problems, Sourced, read_source

HERE = Path(__file__).parent


def load_components(folder: Path, problems: Problems) -> Mapping[str, Component]:
    """Read the components of a folder; those with errors are left out, their errors noted."""
    found: dict[str, Component] = {}
    for path in sorted(folder.glob("*/component.yaml")):
        read = read_source(path, Component, problems, given={"name": path.parent.name})
        if read and _files_exist(read, problems):
            found[read.value.name] = read.value
    return MappingProxyType(found)


def _files_exist(read: Sourced[Component], problems: Problems) -> bool:
    missing = [name for name in read.value.recipe.files if not (read.path.parent / name).is_file()]
    for name in missing:
        problems.add(
            read.path, read.line("recipe", "files"), f"the file '{name}' is not there", "Add it beside this one."
        )
    return not missing


@cache
def known_components() -> Mapping[str, Component]:
    """Give our own components; a broken one is a broken installation, so it raises."""
    problems = Problems()
    found = load_components(HERE, problems)
    if problems:
        raise ValueError(str(problems))
    return found


def chosen_components(names: Iterable[str]) -> dict[str, Component]:
    """Give those of our own that a lab names, in its order; raises UnknownComponent for a name that none has."""
    known, chosen = known_components(), {}
    for name in names:
        if name not in known:
            raise UnknownComponent(f"there is no component '{name}'; there are {', '.join(known)}")
        chosen[name] = known[name]
    return chosen
