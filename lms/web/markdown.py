"""Markdown into HTML for a page with a strict Content-Security-Policy: no inline style, no script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from lms.web.diagrams import inlined
from lms.web.highlighting import highlighted, language_label
from schema.markdown import CALLOUT_TOKEN, anchors, callout_kind, callout_title, is_diagram, parser, plain_text

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


def render_user_text(text: str) -> Markup:
    """What a person typed, in modest Markdown: no headings, images, tables or HTML, links marked as theirs."""
    html = nh3.clean(
        _PERSONAL.render(text),
        tags={"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a"},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
        strip_comments=True,
    )
    return Markup(html)  # noqa: S704  # cleaned in the line above


@lru_cache(maxsize=256)
def _rendered(text: str, diagrams: tuple[tuple[str, str], ...]) -> RenderedLesson:
    env: dict[str, Any] = {}
    tokens = _AUTHORED.parse(text, env)
    toc = _anchor_headings(tokens)
    _open_tables(tokens)
    _place_diagrams(tokens, dict(diagrams))
    html = _AUTHORED.renderer.render(tokens, _AUTHORED.options, env)
    return RenderedLesson(Markup(html), toc)  # noqa: S704  # the parser escapes HTML


@lru_cache(maxsize=1024)
def _fragment(text: str) -> Markup:
    env: dict[str, Any] = {}
    tokens = _AUTHORED.parse(text, env)
    _open_tables(tokens)
    return Markup(_AUTHORED.renderer.render(tokens, _AUTHORED.options, env))  # noqa: S704  # the parser escapes HTML


@lru_cache(maxsize=4096)
def _inline(text: str) -> Markup:
    return Markup(_AUTHORED.renderInline(text))  # noqa: S704  # the parser escapes HTML


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


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    words = tokens[index].info.split()
    language = words[0].lower() if words else "text"
    label = "Output" if "output" in words[1:] else language_label(language)
    tested = '<span class="code-tested">tested</span>' if "run" in words[1:] else ""
    return (
        f'<div class="code-block"><div class="code-head"><span class="code-language">{escape(label)}</span>{tested}'
        '<button type="button" class="code-copy" data-copy>Copy</button></div>'
        f'<pre class="highlight" tabindex="0"><code class="language-{escape(language)}">'
        f"{highlighted(tokens[index].content, language)}</code></pre></div>\n"
    )


def _indented_code(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f'<pre class="highlight" tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _callout_open(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    kind = callout_kind(tokens[index].info)
    title = _AUTHORED.renderInline(callout_title(tokens[index].info)) or kind.capitalize()
    return f'<div class="callout callout-{kind}" role="note"><p class="callout-title">{title}</p>\n'


def _callout_close(*_: object) -> str:
    return "</div>\n"


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<div class="table-responsive" tabindex="0">{renderer.renderToken(tokens, index, options, env)}'


def _table_close(*_: object) -> str:
    return "</table></div>\n"


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    if not str(tokens[index].attrGet("href")).startswith("#"):
        tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


def _image(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    return f"<em>{escape(tokens[index].content)}</em>"


def _footnotes_open(*_: object) -> str:
    return '<section class="footnotes" aria-label="Notes">\n<ol class="footnotes-list">\n'


def _footnote_back(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    number = int(tokens[index].meta["id"]) + 1
    repeat = int(tokens[index].meta.get("subId") or 0)
    target = f"fnref{number}" + (f":{repeat}" if repeat else "")
    return (
        f' <a href="#{target}" class="footnote-backref" aria-label="Back to the text, note {number}">\u21a9\ufe0e</a>'
    )


def _authored_dialect() -> MarkdownIt:
    dialect = parser()
    rules: dict[str, Callable[..., str]] = {
        "fence": _fence,
        "code_block": _indented_code,
        f"{CALLOUT_TOKEN}_open": _callout_open,
        f"{CALLOUT_TOKEN}_close": _callout_close,
        "table_open": _table_open,
        "table_close": _table_close,
        "link_open": _link_open,
        "image": _image,
        "footnote_block_open": _footnotes_open,
        "footnote_anchor": _footnote_back,
    }
    for name, rule in rules.items():
        dialect.add_render_rule(name, rule)
    return dialect


_AUTHORED = _authored_dialect()
_PERSONAL = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["heading", "lheading", "hr", "image"])
