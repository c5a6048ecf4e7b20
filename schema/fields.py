"""Which keys a pydantic model allows at a place in its data."""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def keys_at(model: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys of the mapping at `loc`, in the order of the model; empty when any key is allowed."""
    names: dict[str, None] = {}
    for annotation in _descend([model], loc):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= {info.alias or name: None for name, info in annotation.model_fields.items()}
    return list(names)


def _descend(annotations: list[Any], loc: Sequence[str | int]) -> list[Any]:
    current = [member for annotation in annotations for member in _members(annotation)]
    if not loc:
        return current
    part, rest = loc[0], loc[1:]
    tagged = [member for member in current if _has_tag(member, part)]
    if tagged and not any(_has_field(member, part) for member in current):
        return _descend(tagged, rest)
    return _descend([step for member in current for step in _inside(member, part)], rest)


def _members(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [member for arg in get_args(annotation) for member in _members(arg)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _has_field(annotation: Any, part: str | int) -> bool:
    return _is_model(annotation) and bool(_inside(annotation, part))


def _has_tag(annotation: Any, part: str | int) -> bool:
    if not _is_model(annotation):
        return False
    literals = [info.annotation for info in annotation.model_fields.values() if get_origin(info.annotation) is Literal]
    return annotation.__name__ == part or any(part in get_args(literal) for literal in literals)


def _inside(annotation: Any, part: str | int) -> list[Any]:
    if _is_model(annotation):
        return [info.annotation for name, info in annotation.model_fields.items() if part in (name, info.alias)]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple, Sequence, set, frozenset) and isinstance(part, int):
        return list(args[:1])
    if origin in (dict, Mapping) and len(args) == 2:
        return [args[1]]
    return []
