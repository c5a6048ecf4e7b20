"""Markdown into HTML for a page with a strict Content-Security-Policy: no inline style, no script."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from markdown_it.token import Token
from markupsafe import Markup

from lms.web.diagrams import inlined
from lms.web.markdown_rules import AUTHORED
from schema.dialect import anchors, is_diagram, plain_text

_NO_DIAGRAMS: Mapping[str, str] = {}


class TocEntry(NamedTuple):
    """One line of a table of contents; `id` is the anchor in the page."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class RenderedLesson:
    """A lesson ready for a template."""

    html: Markup
    toc: tuple[TocEntry, ...]


class LessonRenderer:
    """Renders what authors write; their files are trusted and checked, but raw HTML in them is still shown as text."""

    def render(self, text: str, diagrams: Mapping[str, str] = _NO_DIAGRAMS) -> RenderedLesson:
        """A whole lesson with its headings as anchors and `diagrams` (SVG text by file name) in their places."""
        return _rendered(text, tuple(sorted(diagrams.items())))

    def fragment(self, text: str) -> Markup:
        """A part of a page, such as the instructions of a step: like a lesson, but its headings have no anchors."""
        return _fragment(text)

    def inline(self, text: str) -> Markup:
        """One line of text, such as an option of a quiz, without any block around it."""
        return _inline(text)


@lru_cache(maxsize=256)
def _rendered(text: str, diagrams: tuple[tuple[str, str], ...]) -> RenderedLesson:
    env: dict[str, Any] = {}
    tokens = AUTHORED.parse(text, env)
    toc = _anchor_headings(tokens)
    _open_tables(tokens)
    _place_diagrams(tokens, dict(diagrams))
    html = AUTHORED.renderer.render(tokens, AUTHORED.options, env)
    return RenderedLesson(Markup(html), toc)  # noqa: S704  # the parser escapes HTML


@lru_cache(maxsize=1024)
def _fragment(text: str) -> Markup:
    env: dict[str, Any] = {}
    tokens = AUTHORED.parse(text, env)
    _open_tables(tokens)
    return Markup(AUTHORED.renderer.render(tokens, AUTHORED.options, env))  # noqa: S704  # the parser escapes HTML


@lru_cache(maxsize=4096)
def _inline(text: str) -> Markup:
    return Markup(AUTHORED.renderInline(text))  # noqa: S704  # the parser escapes HTML


def _anchor_headings(tokens: list[Token]) -> tuple[TocEntry, ...]:
    opening = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    texts = [plain_text(tokens[index + 1]) for index in opening]
    entries = []
    for index, text, anchor in zip(opening, texts, anchors(texts), strict=True):
        tokens[index].attrSet("id", anchor)
        link = Markup('<a class="heading-anchor" href="#{}" aria-label="Link to: {}">#</a>').format(anchor, text)
        children = tokens[index + 1].children
        if children is not None:
            children.append(Token("html_inline", "", 0, content=f" {link}"))
        entries.append(TocEntry(int(tokens[index].tag[1]), anchor, text))
    return tuple(entries)


def _open_tables(tokens: list[Token]) -> None:
    """Give tables classes in place of the style attributes that the parser writes."""
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table")
        if token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", None)):
            token.attrSet("class", {"right": "text-end", "center": "text-center"}.get(str(style)[11:], "text-start"))
        if token.type == "th_open":
            token.attrSet("scope", "col")


def _place_diagrams(tokens: list[Token], diagrams: Mapping[str, str]) -> None:
    for index, token in enumerate(tokens):
        if token.type != "inline" or not is_diagram(token) or not token.children:
            continue
        image = token.children[0]
        svg = diagrams.get(str(image.attrGet("src")))
        if svg is None or tokens[index - 1].type != "paragraph_open":
            continue
        figure = f'<figure class="diagram" tabindex="0">{inlined(svg, alt=image.content)}</figure>\n'
        tokens[index - 1].hidden = tokens[index + 1].hidden = True
        token.children = [Token("html_inline", "", 0, content=figure)]
