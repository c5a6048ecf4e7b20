"""Binds the models to a Flask application: the same for the web, the worker and the command line."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.engine import make_url

from lms.config import Settings
from lms.models import db
from lms.services import installation

MIGRATIONS = Path(__file__).parent / "migrations"


def bind_database(app: Flask, settings: Settings) -> None:
    """Configures the engine; makes the SQLite file's folder, never its tables (migrations do)."""
    installation.install(settings)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": url.get_backend_name() != "sqlite"}
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)


def database_app(settings: Settings) -> Flask:
    """An application with the database and no pages, for `with app.app_context():`."""
    app = Flask("academy")
    app.config["SECRET_KEY"] = settings.secret_key
    bind_database(app, settings)
    return app
