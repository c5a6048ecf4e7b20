"""Binds the models to a Flask application: the same for the web, the worker and the command line."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from lms.config import Settings
from lms.models import db
from lms.services import installation

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_CONNECTIONS = 5
RENEW_SECONDS = 1800
#: For libpq: a server that is gone is noticed within a minute, also in the middle of an answer.
NOTICE_AWAY = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def bind_database(app: Flask, settings: Settings) -> None:
    """Configures the engine; makes the SQLite file's folder, never its tables (migrations do)."""
    installation.install(settings)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)


def database_app(settings: Settings) -> Flask:
    """An application with the database and no pages, for `with app.app_context():`."""
    app = Flask("academy")
    app.config["SECRET_KEY"] = settings.secret_key
    bind_database(app, settings)
    return app


def lone_engine(settings: Settings) -> Engine:
    """An engine for who only looks whether the database is there; dispose of it."""
    return create_engine(settings.database_url, **engine_options(settings))


def engine_options(settings: Settings) -> dict[str, Any]:
    """SQLite as it comes; for PostgreSQL a pool of limited size that never hands out a dead connection."""
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return {}
    kept = min(KEPT_CONNECTIONS, settings.database_connections)
    return {
        "pool_pre_ping": True,
        "pool_recycle": RENEW_SECONDS,
        "pool_size": kept,
        "max_overflow": settings.database_connections - kept,
        "pool_timeout": 15,
        "connect_args": NOTICE_AWAY | {"application_name": f"academy-{settings.instance}"},
    }
