"""What people type, as HTML that can harm nobody."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_DIALECT = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["heading", "lheading", "hr", "image"])


def render_user_text(text: str) -> Markup:
    """What a person typed, in modest Markdown: no headings, images, tables or HTML, links marked as theirs."""
    html = nh3.clean(
        _DIALECT.render(text),
        tags={"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "a"},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
        strip_comments=True,
    )
    return Markup(html)  # noqa: S704  # cleaned in the line above
