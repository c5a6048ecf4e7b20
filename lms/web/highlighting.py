"""Code in colour by classes only; the colours themselves are one style sheet for both themes."""

from functools import lru_cache
from typing import ClassVar

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.style import Style
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, Token
from pygments.util import ClassNotFound

_LABELS = {
    "python": "Python",
    "bash": "Shell",
    "sh": "Shell",
    "console": "Shell",
    "yaml": "YAML",
    "json": "JSON",
    "promql": "PromQL",
    "dockerfile": "Dockerfile",
    "toml": "TOML",
    "ini": "INI",
    "http": "HTTP",
    "text": "Text",
    "diff": "Diff",
    "sql": "SQL",
}
_NO_MARKUP_OF_ITS_OWN = HtmlFormatter(nowrap=True)


class LightStyle(Style):
    """Dark ink on paper; every colour has a contrast of 4.5 and more."""

    background_color = "#f5f7fa"
    styles: ClassVar = {
        Token: "#1d2733",
        Comment: "italic #566173",
        Keyword: "#9b1c4b",
        Operator.Word: "#9b1c4b",
        Name.Function: "#5b3cc4",
        Name.Class: "#8a4300",
        Name.Decorator: "#8a4300",
        Name.Builtin: "#0b5a8f",
        Name.Attribute: "#0b5a8f",
        Name.Tag: "#0b5a8f",
        Name.Variable: "#8a4300",
        Name.Exception: "#8a4300",
        String: "#17643a",
        String.Escape: "#8a4300",
        Number: "#0b5a8f",
        Generic.Prompt: "#566173",
        Generic.Output: "#1d2733",
        Generic.Deleted: "#a3222f",
        Generic.Inserted: "#17643a",
    }


class DarkStyle(Style):
    """Light ink on slate; every colour has a contrast of 4.5 and more."""

    background_color = "#141b26"
    styles: ClassVar = {
        Token: "#dbe3ee",
        Comment: "italic #93a1b5",
        Keyword: "#f28bb2",
        Operator.Word: "#f28bb2",
        Name.Function: "#b9a7ff",
        Name.Class: "#f0b26b",
        Name.Decorator: "#f0b26b",
        Name.Builtin: "#7cc4f5",
        Name.Attribute: "#7cc4f5",
        Name.Tag: "#7cc4f5",
        Name.Variable: "#f0b26b",
        Name.Exception: "#f0b26b",
        String: "#8fd6a8",
        String.Escape: "#f0b26b",
        Number: "#7cc4f5",
        Generic.Prompt: "#93a1b5",
        Generic.Output: "#dbe3ee",
        Generic.Deleted: "#ff9a9a",
        Generic.Inserted: "#8fd6a8",
    }


def highlight_css() -> str:
    """The style sheet for highlighted code: light, and dark under `data-bs-theme="dark"`."""
    rules = _rules(LightStyle, ".highlight") + _rules(DarkStyle, '[data-bs-theme="dark"] .highlight')
    return "\n".join(rules) + "\n"


def highlighted(code: str, language: str) -> str:
    """The code as HTML with classes; plain, but escaped, when the language is unknown."""
    return str(highlight(code, _lexer(language), _NO_MARKUP_OF_ITS_OWN))


def language_label(language: str) -> str:
    """What a person calls the language."""
    return _LABELS.get(language, language.capitalize() or "Text")


def _rules(style: type[Style], prefix: str) -> list[str]:
    formatter = HtmlFormatter(style=style)
    ground = f"{prefix} {{ background: {style.background_color}; color: #{style.style_for_token(Token)['color']} }}"
    return [ground, *formatter.get_token_style_defs(prefix)]


@lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return TextLexer(stripnl=False)
