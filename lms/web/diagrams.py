"""SVG files as a part of an HTML page."""

import re

from markupsafe import escape

_PROLOGUE = re.compile(r"^\s*(<\?xml.*?\?>|<!--.*?-->|\s)*", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def inlined(svg: str, *, alt: str) -> str:
    """The SVG element alone, named for screen readers by `alt` (its <title> stays as the fallback)."""
    element = _COMMENT.sub("", _PROLOGUE.sub("", svg, count=1)).strip()
    opening, end, rest = element.partition(">")
    named = re.sub(r'\saria-label(ledby)?="[^"]*"', "", opening)
    return f'{named} aria-label="{escape(alt)}"{end}{rest}'
