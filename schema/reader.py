"""A YAML file into a pydantic model, every error with its line and a mend."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from schema.explain import explain
from schema.problems import Problems
from schema.yaml_source import YamlSource, parse_yaml, read_text

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class Sourced(Generic[ModelT]):
    """A model and the file that it was read from, for checks that need lines."""

    value: ModelT
    source: YamlSource

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path

    def line(self, *loc: str | int) -> int:
        """The line of the key or item at `loc`, as in `line("activities", 2, "file")`."""
        return self.source.line(*loc)


def read_yaml(path: Path, model: type[ModelT], problems: Problems) -> ModelT | None:
    """Read one file into `model`; None when it has any error, all of them noted in `problems`."""
    sourced = read_source(path, model, problems)
    return sourced.value if sourced else None


def read_source(
    path: Path, model: type[ModelT], problems: Problems, *, given: Mapping[str, Any] | None = None
) -> Sourced[ModelT] | None:
    """Like `read_yaml`, keeping the lines; `given` adds keys that come from elsewhere (the folder's name)."""
    before = len(problems)
    text = read_text(path, problems)
    source = parse_yaml(path, text, problems) if text is not None else None
    if source is None:
        return None
    value = _validated(source, model, problems, given or {})
    if value is None or len(problems) > before:
        return None
    return Sourced(value, source)


def _validated(source: YamlSource, model: type[ModelT], problems: Problems, given: Mapping[str, Any]) -> ModelT | None:
    if not isinstance(source.data, dict):
        problems.add(source.path, 1, "the file does not hold keys and values", "Start it with 'key: value' lines.")
        return None
    for key in given.keys() & source.data.keys():
        problems.add(source.path, source.line(key), f"the key '{key}' is not written here", "Remove it.")
    try:
        return model.model_validate(source.data | dict(given))
    except ValidationError as error:
        for details in error.errors(include_url=False):
            message, mend, line = explain(details, source=source, model=model, given=set(given))
            problems.add(source.path, line, message, mend)
        return None
