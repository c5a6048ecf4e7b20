"""What a Markdown text holds: code, headings, images, links, callouts, words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from schema.dialect import CALLOUT_TOKEN, anchors, callout_kind, callout_title, is_diagram, parser, plain_text


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
