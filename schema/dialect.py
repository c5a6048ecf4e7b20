"""The dialect of our Markdown: what the parser knows, and how its tokens are read."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

CALLOUTS = ("tip", "note", "warning")
CALLOUT_TOKEN = "container_callout"  # noqa: S105  # a token of a parser, no secret


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


def plain_text(inline: Token) -> str:
    """The words of an inline token as a reader sees them."""
    return "".join(_shown(child) for child in inline.children or ())


def _shown(child: Token) -> str:
    if child.type in ("softbreak", "hardbreak"):
        return " "
    return child.content if child.type in ("text", "code_inline") else ""


def is_diagram(inline: Token) -> bool:
    """Whether the paragraph holds one image and nothing else."""
    children = inline.children or []
    return len(children) == 1 and children[0].type == "image"


def anchors(texts: list[str]) -> list[str]:
    """One anchor for each heading text: readable, unique within the page, never empty."""
    seen: dict[str, int] = {}
    result = []
    for text in texts:
        base = re.sub(r"[^\w]+", "-", text.lower()).strip("-_") or "section"
        seen[base] = seen.get(base, 0) + 1
        result.append(base if seen[base] == 1 else f"{base}-{seen[base]}")
    return result
