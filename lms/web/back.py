"""The way back to the page that a refused request came from."""

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter


def page_before() -> str | None:
    """The path of the page that the person came from, if it is one of ours.

    A form that was shown again stands at the address it was sent to, which nobody can open: then it is the page above.
    """
    came_from = request.headers.get("HX-Current-URL") or request.referrer or ""
    if not came_from.startswith(request.host_url):
        return None
    parts = urlsplit(came_from)
    pages = current_app.url_map.bind_to_environ(request.environ)
    path = parts.path
    if _is_page(pages, path):
        return f"{path}?{parts.query}" if parts.query else path
    while path := path.rpartition("/")[0]:
        if _is_page(pages, path):
            return path
    return None


def _is_page(pages: MapAdapter, path: str) -> bool:
    try:
        pages.match(path, method="GET")
    except HTTPException:
        return False
    return True
