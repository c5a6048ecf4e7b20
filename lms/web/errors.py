"""Every error is a page for people: what happened, and what to do now."""

import logging

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, SecurityError

from lms.config import Settings
from lms.models import db, write_intent
from lms.services.errors import Busy, Conflict, Invalid, NotAllowed, NotFound, ServiceError
from lms.web.back import page_before
from lms.web.limits import again_in

log = logging.getLogger(__name__)

TITLES = {
    400: ("This request can not be used", "Go back, reload the page and try once more."),
    401: ("Please sign in", "Your sign-in has ended. Sign in and repeat what you did; nothing was changed."),
    403: ("This is not for your account", "If you think it should be, ask an administrator of the academy."),
    404: ("There is nothing here", "The address is wrong, or what it names belongs to somebody else."),
    405: ("This address does not take that", "Go back and use the buttons of the page."),
    409: ("That was true a moment ago", "Reload the page: something changed in between."),
    413: ("This is too large", "Make it smaller and send it again; the limit is written beside the form."),
    429: ("That was a lot at once", "Wait a little, then go back and send it again. It counted for nothing."),
    500: ("Something broke on our side", "It is not your fault and nothing of yours was lost. Try again in a moment."),
    503: ("We can not do this right now", "Try again in a moment. Nothing was lost."),
}
_ALLOW = "Open the academy under that address, and let your browser send it the address of the page (Referer)."
STATUS: dict[type[ServiceError], int] = {NotFound: 404, NotAllowed: 403, Invalid: 400, Conflict: 409, Busy: 503}


def register_error_pages(app: Flask) -> None:
    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(NoConnectionFree, _database_away)
    app.register_error_handler(Exception, _crash)


def error_page(status: int, detail: str | None = None) -> ResponseReturnValue:
    title, advice = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    write_intent.set(False)  # the page asks who is there, and must not wait in the line that may be what went wrong
    if request.headers.get("HX-Request"):
        sign_in = url_for("auth.sign_in", next=page_before()) if status == 401 else None
        return render_template("error_fragment.html", title=title, advice=detail or advice, sign_in=sign_in), status
    back = page_before() if request.method == "POST" else None
    return render_template("error.html", status=status, title=title, detail=detail, advice=advice, back=back), status


def _service_error(error: ServiceError) -> ResponseReturnValue:
    """A service's sentence goes back to the page it came from, as long as that is one of ours."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    is_form = request.method == "POST" and not request.headers.get("HX-Request")
    if isinstance(error, Invalid | Conflict | Busy) and is_form and (back := page_before()):
        flash(str(error), "danger")
        return redirect(back)
    return error_page(status, str(error))


def _forged(error: CSRFError) -> ResponseReturnValue:
    """With TLS the sign-in's cookie comes with it alone, and a form must say that it comes from a page of ours."""
    settings: Settings = current_app.config["ACADEMY"]
    if settings.secure and not request.is_secure:
        return error_page(400, f"This page came without TLS, where nobody can sign in. Open {settings.base_url}")
    if "referrer" in (error.description or ""):
        return error_page(400, f"Your browser did not say that this form comes from {settings.base_url}. {_ALLOW}")
    return error_page(400, "This form is from an earlier sign-in. Reload the page and send it again.")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if isinstance(error, SecurityError):  # no page: without a trusted host there are no addresses to link to
        return "The academy is not served under this host name.\n", 400, {"Content-Type": "text/plain"}
    if status < 400:
        return error.get_response()
    if status == 429:
        return error_page(status, _when_again())
    return error_page(status, error.description if error.description != type(error).description else None)


def _when_again() -> str | None:
    seconds = again_in()
    if seconds is None:
        return None
    amount, unit = (seconds, "second") if seconds < 90 else (round(seconds / 60), "minute")
    return f"You can try again in {amount} {unit}{'' if amount == 1 else 's'}."


def _database_away(error: Exception) -> ResponseReturnValue:
    """The database does not answer, ended our transaction or kept it waiting: nothing was written, again is right."""
    log.error("the database failed %s %s: %s", request.method, request.path, str(error).splitlines()[0])
    db.session.rollback()
    return error_page(503)


def _crash(error: Exception) -> ResponseReturnValue:
    log.exception("unhandled error at %s %s", request.method, request.path, exc_info=error)
    db.session.rollback()  # PostgreSQL answers nothing in a failed transaction, and the page asks who is there
    return error_page(500)
