"""How each kind of token of a lesson becomes HTML: classes only, no inline style, no script."""

from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import escape

from lms.web.highlighting import highlighted, language_label
from schema.dialect import CALLOUT_TOKEN, callout_kind, callout_title, parser


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
    title = AUTHORED.renderInline(callout_title(tokens[index].info)) or kind.capitalize()
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


#: Parses and renders what authors write.
AUTHORED = _authored_dialect()
