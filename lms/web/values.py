"""What a request may say: numbers and text that every database takes, so that a wild guess is refused, no crash."""

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

#: The largest id that a row can have (PostgreSQL's `integer`).
MOST = 2**31 - 1
MOST_PAGES = 100_000


class RowId(IntegerConverter):
    """The id of a row in a route; a larger number names nothing."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = MOST) -> None:
        super().__init__(map, fixed_digits, min, max)


def register_values(app: Flask) -> None:
    """Before any route is registered."""
    app.url_map.converters["int"] = RowId
    app.before_request(_refuse_nul)


def row_id(text: str) -> int:
    """For `request.args.get(name, type=row_id)`: what can not be an id counts as not given."""
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError(text)
    return number


def page_number() -> int:
    """The page of a list that the address asks for; the first when it does not say."""
    return min(MOST_PAGES, max(1, request.args.get("page", 1, row_id)))


def _refuse_nul() -> None:
    """PostgreSQL's text holds every character but this one, and no person types it."""
    told = [request.path, *request.args.values(), *request.form.values()]
    if any("\0" in text for text in told):
        abort(400, "The request holds a character that no text can hold (NUL). Remove it and send it again.")
