"""Looks up dotted paths in data from a lab and compares them with what an author wants."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from labs.exams.findings import as_written
from labs.exams.probes.base import ANYTHING, Bounds

WantedValue = Annotated[Bounds | bool | int | float | str | None, Field(union_mode="left_to_right")]
WantedValues = dict[str, WantedValue]
_MISSING = object()


def at(data: Any, path: str) -> Any:
    """Follow a dotted path through objects and lists (`items.0.name`); `_MISSING` when it ends early."""
    for part in path.split("."):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return _MISSING
    return data


def fits(wanted: WantedValue, value: Any) -> bool:
    """Say whether a value is the wanted one: exact, within bounds, or anything that is there."""
    if value is _MISSING:
        return False
    if isinstance(wanted, Bounds):
        return isinstance(value, int | float) and not isinstance(value, bool) and wanted.holds(float(value))
    if wanted == ANYTHING:
        return True
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def wanted_text(wanted: WantedValues) -> str:
    """Name what is wanted in a sentence."""
    return ", ".join(
        path
        if value == ANYTHING
        else f"{path} {value}"
        if isinstance(value, Bounds)
        else f"{path} = {as_written(value)}"
        for path, value in wanted.items()
    )


def misfits(wanted: WantedValues, data: Any) -> list[str]:
    """Name each path whose value is missing or does not fit."""
    wrong = []
    for path, want in wanted.items():
        value = at(data, path)
        if value is _MISSING:
            wrong.append(f"{path} is missing")
        elif not fits(want, value):
            wrong.append(f"{path} is {as_written(value, 80)}")
    return wrong
