"""What an SVG diagram must hold true to be inlined into a page with a strict policy and two themes."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from schema import Problems


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASSES = _names(
    """
    d-box d-box-accent d-box-good d-box-warn d-box-bad d-group d-line d-line-accent d-line-dashed d-arrow d-text
    d-text-small d-text-strong d-text-muted
    """
)
_ELEMENTS = _names(
    """
    svg title desc g defs marker path line polyline polygon rect circle ellipse text tspan
    """
)
_ATTRIBUTES = _names(
    """
    xmlns viewBox role id class x y x1 y1 x2 y2 dx dy width height rx ry cx cy r d points transform text-anchor
    dominant-baseline alignment-baseline marker-start marker-mid marker-end markerWidth markerHeight markerUnits
    refX refY orient preserveAspectRatio pathLength stroke-width stroke-dasharray stroke-linecap stroke-linejoin
    opacity font-weight font-style textLength lengthAdjust aria-labelledby aria-describedby aria-label aria-hidden
    focusable version xml:space
    """
)
_CONTEXT_COLOURS = {"none", "context-stroke", "context-fill", "currentColor"}


def check_diagram(path: Path, svg: str, problems: Problems) -> None:
    """Note every problem of one SVG file."""
    _Diagram(path, problems).read(svg)


@dataclass
class _Diagram:
    path: Path
    problems: Problems
    depth: int = 0
    in_title: bool = False
    title: str = ""
    ids: set[str] = field(default_factory=set)
    references: list[tuple[str, int]] = field(default_factory=list)

    def read(self, svg: str) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.doctype
        try:
            self.parser.Parse(svg, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            self.problems.add(self.path, error.lineno, f"this is not XML: {reason}", "Correct the markup here.")
            return
        except _Refused:
            return
        if not self.title.strip():
            self.problems.add(self.path, 1, "the diagram has no <title>", "Say in a <title> what it shows.")
        for name, line in self.references:
            if name not in self.ids:
                self.problems.add(self.path, line, f"nothing here has the id '{name}'", "Correct the name.")

    def note(self, message: str, mend: str) -> None:
        self.problems.add(self.path, self.parser.CurrentLineNumber, message, mend)

    def doctype(self, *_: object) -> None:
        self.note("the diagram has a DOCTYPE", "Remove it.")
        raise _Refused  # entities could blow up; nothing after this is worth reading

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth == 0:
            self.root(name, attributes)
        if name not in _ELEMENTS:
            self.note(f"the element <{name}> may not be used", "Draw with shapes, lines and text only.")
        for key, value in attributes.items():
            self.attribute(name, key, value)
        self.in_title = name == "title" and self.depth == 1
        self.depth += 1

    def end(self, _: str) -> None:
        self.depth -= 1
        self.in_title = False

    def text(self, data: str) -> None:
        if self.in_title:
            self.title += data

    def root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "svg":
            self.note(f"the outer element is <{name}>", "It must be <svg>.")
        if len(attributes.get("viewBox", "").replace(",", " ").split()) != 4:
            self.note("the diagram has no viewBox", 'Write viewBox="0 0 WIDTH HEIGHT" on <svg>.')
        if attributes.get("role") != "img":
            self.note("the diagram is not marked as an image", 'Write role="img" on <svg>.')
        for key in ("width", "height"):
            if key in attributes:
                self.note(f"<svg> has a {key}", "Remove it: the page gives the size, viewBox the proportions.")

    def attribute(self, element: str, key: str, value: str) -> None:
        if key == "class":
            for name in sorted(set(value.split()) - CLASSES):
                self.note(f"the class '{name}' is unknown", f"Use: {', '.join(sorted(CLASSES))}.")
        elif key == "id":
            self.identifier(value)
        elif key in ("fill", "stroke"):
            if value not in _CONTEXT_COLOURS:
                self.note(f"<{element}> has a colour of its own: {value}", "Use a class: it fits both themes.")
        elif key not in _ATTRIBUTES:
            self.note(f"<{element}> has the attribute '{key}'", "Remove it: looks come from the classes only.")
        if "url(" in value:
            self.references.append((value.partition("#")[2].rstrip(") '\""), self.parser.CurrentLineNumber))
            if not value.startswith("url(#"):
                self.note(f"{key} refers to something outside the file", "Refer to url(#an-id-of-this-file).")

    def identifier(self, value: str) -> None:
        if not value.startswith(self.path.stem):
            mend = f"Begin it with '{self.path.stem}-', so that two diagrams on a page do not collide."
            self.note(f"the id '{value}' does not begin with the file's name", mend)
        if value in self.ids:
            self.note(f"the id '{value}' is used twice", "Give each its own.")
        self.ids.add(value)


class _Refused(Exception):
    """Nothing more of this file is read."""
