"""YAML text into plain data that remembers the line of every key and value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from schema.problems import Problems

Loc = tuple[str | int, ...]
# libyaml is ten times faster; the pure loader gives the same nodes where it is not built in.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class YamlSource:
    """Plain data and where each part of it stands in its file."""

    path: Path
    data: Any = None
    value_lines: dict[Loc, int] = field(default_factory=dict)
    key_lines: dict[Loc, int] = field(default_factory=dict)

    def known(self, loc: Sequence[str | int]) -> Loc:
        """The part of `loc` that exists in the file: pydantic puts names of union members in between."""
        path: Loc = ()
        for part in loc:
            if (*path, part) in self.value_lines:
                path = (*path, part)
        return path

    def line(self, *loc: str | int) -> int:
        """The line of the key or list item at `loc`, or of the nearest thing around it."""
        path = self.known(loc)
        return self.key_lines.get(path) or self.value_lines.get(path, 1)

    def value(self, loc: Sequence[str | int]) -> Any:
        """The plain data at `loc`, or at the nearest thing around it."""
        data = self.data
        for part in self.known(loc):
            data = data[part]
        return data


def read_text(path: Path, problems: Problems) -> str | None:
    """The text of a UTF-8 file; None, and a problem noted, when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.add(path, 1, "the file does not exist", "Create it, or correct the name that refers to it.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.add(path, line, "the file is not UTF-8 text", "Save it with the encoding UTF-8.")
    except OSError as error:
        problems.add(path, 1, f"the file cannot be read ({error.strerror})", "Make it a readable file.")
    return None


def parse_yaml(path: Path, text: str, problems: Problems) -> YamlSource | None:
    """Parse one YAML document; None when it cannot be parsed at all, with the problem noted."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        _note_syntax_error(path, error, problems)
        return None
    if node is None:
        problems.add(path, 1, "the file is empty", "Write the keys that the format asks for.")
        return None
    source = YamlSource(path)
    source.data = _Walk(source, problems).value(node, ())
    return source


def _note_syntax_error(path: Path, error: yaml.YAMLError, problems: Problems) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    reason = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None)))) or str(error)
    problems.add(path, line, f"this is not YAML: {reason}", _syntax_mend(reason))


def _syntax_mend(reason: str) -> str:
    if "\\t" in reason or "tab" in reason:
        return "Indent with spaces, never with tabs."
    if "mapping values are not allowed" in reason:
        return "Put text that contains a colon and a space in quotes."
    if "found undefined alias" in reason or "alias" in reason or "cannot start any token" in reason:
        return "Put text that starts with a special character (* & ! % @ `) in quotes."
    if "flow" in reason:
        return "Look for a bracket, brace or comma that is missing, and quote text that contains one."
    if "expected a single document" in reason:
        return "Keep one document in a file: remove the line ---."
    return "Check indentation, quotes and colons here and on the line above."


class _Walk:
    """Turns nodes into data, noting lines on the way."""

    def __init__(self, source: YamlSource, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.open: set[int] = set()
        self.scalars = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        self.source.value_lines[loc] = node.start_mark.line + 1
        if id(node) in self.open:
            self._note(node, "an alias contains itself", "Write the value out.")
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, loc)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
            return self.scalar(node)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node)
            if key is None:
                continue
            line = key_node.start_mark.line + 1
            if key in result:
                first = self.source.key_lines[(*loc, key)]
                message = f"the key '{key}' is here a second time (first on line {first})"
                self._note(key_node, message, "Keep one of the two.")
                continue
            self.source.key_lines[(*loc, key)] = line
            result[key] = self.value(value_node, (*loc, key))
        return result

    def key(self, node: yaml.Node) -> str | None:
        value = self.scalar(node) if isinstance(node, yaml.ScalarNode) else node
        if isinstance(value, str):
            return value
        shown = node.value if isinstance(node, yaml.ScalarNode) else "this"
        self._note(node, f"the key {shown} is not read as text", f'Write it in quotes: "{shown}".')
        return None

    def scalar(self, node: yaml.Node) -> Any:
        try:
            return self.scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._note(node, f"the value {node.value!r} cannot be read", "Put it in quotes.")
            return None

    def _note(self, node: yaml.Node, message: str, mend: str) -> None:
        self.problems.add(self.source.path, node.start_mark.line + 1, message, mend)
