"""What a person types can be modest Markdown and nothing more."""

import pytest

from lms.web.user_text import render_user_text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](https://example.org/pixel.png)",
        '[x](https://example.org "a\\" onmouseover=\\"alert(1)")',
        '<p style="position:fixed">x</p>',
        "`<script>`",
        "```html onload=x\n<script>alert(1)</script>\n```",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "[x]: javascript:alert(1)\n[x]",
    ],
)
def test_nothing_of_it_runs_loads_or_restyles(hostile: str) -> None:
    html = render_user_text(hostile).lower()
    for forbidden in ("<script", "<img", "<svg", 'href="javascript', 'href="data', 'href="vbscript', "style="):
        assert forbidden not in html or "&lt;" in html.split(forbidden)[0], html
    assert "<p style" not in html
    assert ' onmouseover="' not in html


def test_it_keeps_emphasis_lists_code_and_line_breaks() -> None:
    html = render_user_text("**a** *b* `c < d`\ne\n\n- one\n\n> said\n\n```python\nx < 1\n```\n")
    for kept in ("<strong>a</strong>", "<em>b</em>", "<code>c &lt; d</code><br>", "<li>one</li>", "<blockquote>"):
        assert kept in html
    assert "<pre><code>x &lt; 1\n</code></pre>" in html


def test_links_are_marked_as_those_of_a_person() -> None:
    html = render_user_text("[x](https://example.org)")
    assert html == '<p><a href="https://example.org" rel="nofollow noopener noreferrer ugc">x</a></p>\n'


def test_headings_and_tables_stay_text() -> None:
    html = render_user_text("# Big\n\n|a|\n|-|\n")
    assert "<h1" not in html
    assert "<table" not in html
    assert "# Big" in html
