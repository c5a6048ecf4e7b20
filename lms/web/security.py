"""Headers and anti-forgery for every response."""

from flask import Flask, Response, g
from flask_wtf.csrf import CSRFProtect

from lms.config import Settings
from lms.models import db

csrf = CSRFProtect()


def content_security_policy(settings: Settings) -> str:
    """Nothing but our own files runs or loads; only labs of this platform may be framed."""
    scheme = "https" if settings.secure else "http"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"frame-src {scheme}://*.{settings.labs_host}:*",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def register_security(app: Flask, settings: Settings) -> None:
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # it ends with the sign-in; a slow reader must not lose an answer
    csrf.init_app(app)
    policy = content_security_policy(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if settings.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if getattr(g, "actor", None) is not None:
            headers.setdefault("Cache-Control", "no-store")
        return response

    @app.teardown_request
    def end_transaction(_: BaseException | None) -> None:
        db.session.rollback()
