"""Who is asking: the signed cookie holds a token, the database holds the sign-in."""

import hmac

from flask import Flask, Response, abort, current_app, g, request, session

from lms.config import Settings
from lms.models import User, db, write_intent
from lms.services import accounts

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def register_session(app: Flask, settings: Settings) -> None:
    # __Host- keeps a lab's host name from setting the platform's cookie, where TLS allows the prefix.
    app.config |= {
        "SESSION_COOKIE_NAME": "__Host-academy" if settings.secure else "academy",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": settings.session_days * 86400,
    }
    app.before_request(_refuse_tossed_cookies)
    app.before_request(_load_actor)


def _refuse_tossed_cookies() -> None:
    """A second cookie of our name was set by another host of this site: neither can be trusted."""
    name = current_app.config["SESSION_COOKIE_NAME"]
    pairs = request.headers.get("Cookie", "").split(";")
    if sum(pair.strip().startswith(f"{name}=") for pair in pairs) > 1:
        abort(400, "Your browser sent two sign-in cookies. Clear the cookies of this site and sign in again.")


def _load_actor() -> None:
    """Who asks is looked up before the line of those who write, of whom SQLite lets one in at a time."""
    token = session.get("token")
    write_intent.set(False)
    g.actor = accounts.session_user(token) if token else None
    if request.method not in SAFE_METHODS:
        db.session.commit()
        write_intent.set(True)
    if token and g.actor is None:
        session.clear()
    elif token:
        # The anti-forgery token belongs to this very sign-in, whatever else the cookie says.
        session["csrf_token"] = hmac.new(current_app.config["SECRET_KEY"].encode(), token.encode(), "sha1").hexdigest()


def sign_in(user: User, *, by_link: bool = False) -> None:
    """Opens a new sign-in for this browser; what the anonymous session held is dropped.

    Who came by a one-time link may have forgotten the password: this sign-in may set a new one without it.
    """
    settings: Settings = current_app.config["ACADEMY"]
    session.clear()
    session.permanent = True
    session["token"] = accounts.open_session(
        user, days=settings.session_days, user_agent=request.headers.get("User-Agent", "")
    )
    session["by_link"] = by_link


def came_by_link() -> bool:
    return bool(session.get("by_link"))


def sign_out() -> None:
    if token := session.get("token"):
        accounts.close_session(token)
    session.clear()


def no_store(response: Response) -> Response:
    """For pages that hold something personal: no cache keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response
