"""The composition root of the web process."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from lms import content, queue
from lms.config import Settings
from lms.database import bind_database
from lms.web import register_areas
from lms.web.access import enforce_policies
from lms.web.errors import register_error_pages
from lms.web.limits import limiter
from lms.web.page import register_page_helpers
from lms.web.security import register_security
from lms.web.session import register_session
from lms.web.values import register_values

STATIC = Path(__file__).parent / "web" / "static"


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application; fails at once and in full when settings or content are wrong."""
    settings = settings or Settings()
    app = Flask("lms.web", static_folder=None, template_folder=str(STATIC.parent / "templates"))
    app.config |= {
        "SECRET_KEY": settings.secret_key,
        "ACADEMY": settings,
        "MAX_CONTENT_LENGTH": settings.upload_bytes + 64 * 1024,
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,
        "RATELIMIT_ENABLED": settings.limits_enabled,
        "RATELIMIT_STORAGE_URI": _limit_storage(settings),
        "TRUSTED_HOSTS": [settings.host, "127.0.0.1", "localhost"],
        "TEMPLATES_AUTO_RELOAD": False,
    }
    bind_database(app, settings)
    content.load()
    queue.connect(settings)
    register_session(app, settings)
    register_values(app)
    register_security(app, settings)
    limiter.init_app(app)
    register_page_helpers(app)
    register_error_pages(app)
    register_areas(app)
    enforce_policies(app)
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(STATIC), prefix="static/", max_age=3600)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _limit_storage(settings: Settings) -> str:
    """Limits are counted where all web processes see them: in the broker's Redis, over its socket or its URL."""
    url = settings.broker_url
    if url.startswith("redis+socket://"):
        return url.replace("redis+socket://", "redis+unix://", 1)
    return url if url.startswith(("redis://", "rediss://")) else "memory://"
