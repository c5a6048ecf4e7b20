"""The dialect of our Markdown, and what a text holds: code, headings, images, links, callouts, words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

CALLOUTS = ("tip", "note", "warning")
CALLOUT_TOKEN = "container_callout"  # noqa: S105  # a token of a parser, no secret


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block; `line` is that of its opening fence, `follows_code` when only blank lines part it from one."""

    info: str
    code: str
    line: int
    follows_code: bool = False

    @property
    def language(self) -> str:
        """The first word of the info string, in small letters; empty without one."""
        return self.info.split()[0].lower() if self.info.split() else ""

    @property
    def flags(self) -> tuple[str, ...]:
        """The words after the language, as `run` and `output`."""
        return tuple(self.info.split()[1:])


@dataclass(frozen=True)
class Heading:
    """A heading and the anchor that the page gives it."""

    level: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True)
class Image:
    """An image; `alone` when its paragraph holds nothing else."""

    source: str
    alt: str
    line: int
    alone: bool


@dataclass(frozen=True)
class Link:
    """A link to `target`."""

    target: str
    line: int


@dataclass(frozen=True)
class Callout:
    """A `::: tip` container; not `closed` when its end is missing."""

    kind: str
    title: str
    line: int
    closed: bool


def parser() -> MarkdownIt:
    """A new parser of our dialect: GFM tables, task lists, footnotes, callouts; raw HTML is shown as text."""
    dialect = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    dialect.use(footnote_plugin).use(tasklists_plugin, label=True)
    dialect.use(container_plugin, "callout", validate=lambda info, *_: callout_kind(info) in CALLOUTS)
    return dialect


def callout_kind(info: str) -> str:
    """`tip` of `tip A title`."""
    return info.split()[0] if info.split() else ""


def callout_title(info: str) -> str:
    """`A title` of `tip A title`; empty when there is none."""
    return " ".join(info.split()[1:])


def anchors(texts: list[str]) -> list[str]:
    """One anchor for each heading text: readable, unique within the page, never empty."""
    seen: dict[str, int] = {}
    result = []
    for text in texts:
        base = re.sub(r"[^\w]+", "-", text.lower()).strip("-_") or "section"
        seen[base] = seen.get(base, 0) + 1
        result.append(base if seen[base] == 1 else f"{base}-{seen[base]}")
    return result


def code_blocks(text: str) -> list[CodeBlock]:
    """All fenced blocks in document order, also those in lists and callouts."""
    lines = text.splitlines()
    blocks: list[CodeBlock] = []
    end = -1
    for token in _tokens(text):
        if token.type == "fence" and token.map:
            start = token.map[0]
            follows = end >= 0 and not any(line.strip() for line in lines[end:start])
            blocks.append(CodeBlock(token.info.strip(), token.content, start + 1, follows))
            end = token.map[1]
    return blocks


def headings(text: str) -> list[Heading]:
    """All headings in document order."""
    tokens = _tokens(text)
    found = [(token, tokens[index + 1]) for index, token in enumerate(tokens) if token.type == "heading_open"]
    texts = [plain_text(inline) for _, inline in found]
    return [
        Heading(int(opening.tag[1]), words, anchor, _line(opening))
        for (opening, _), words, anchor in zip(found, texts, anchors(texts), strict=True)
    ]


def images(text: str) -> list[Image]:
    """All images in document order."""
    return [
        Image(str(child.attrGet("src")), child.content, _line(inline), is_diagram(inline))
        for inline, child in _inline_children(text)
        if child.type == "image"
    ]


def links(text: str) -> list[Link]:
    """All links in document order."""
    found = [(inline, child) for inline, child in _inline_children(text) if child.type == "link_open"]
    return [Link(str(child.attrGet("href")), _line(inline)) for inline, child in found]


def callouts(text: str) -> list[Callout]:
    """All callouts in document order."""
    lines = text.splitlines()
    return [
        Callout(callout_kind(t.info), callout_title(t.info), _line(t), _is_end(lines, t.map[1]))
        for t in _tokens(text)
        if t.type == f"{CALLOUT_TOKEN}_open" and t.map
    ]


def _is_end(lines: list[str], index: int) -> bool:
    return index < len(lines) and lines[index].lstrip(" >").startswith(":::")


def colon_lines(text: str) -> list[int]:
    """The lines of `:::` that were meant as a callout and are none."""
    return [_line(t) for t in _tokens(text) if t.type == "inline" and t.content.lstrip().startswith(":::")]


def count_words(text: str) -> int:
    """How many words of prose there are: blocks of code and the texts of images do not count."""
    return sum(len(plain_text(token).split()) for token in _tokens(text) if token.type == "inline")


def plain_text(inline: Token) -> str:
    """The words of an inline token as a reader sees them."""
    return "".join(_shown(child) for child in inline.children or ())


def is_diagram(inline: Token) -> bool:
    """Whether the paragraph holds one image and nothing else."""
    children = inline.children or []
    return len(children) == 1 and children[0].type == "image"


def _shown(child: Token) -> str:
    if child.type in ("softbreak", "hardbreak"):
        return " "
    return child.content if child.type in ("text", "code_inline") else ""


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _inline_children(text: str) -> Iterator[tuple[Token, Token]]:
    for token in _tokens(text):
        for child in token.children or ():
            yield token, child


@lru_cache(maxsize=256)
def _tokens(text: str) -> list[Token]:
    return _PARSER.parse(text)


_PARSER = parser()
