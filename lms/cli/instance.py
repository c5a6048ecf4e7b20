"""An instance for a command: its database, brought up to date."""

from flask import Flask
from flask_migrate import upgrade

from lms.config import Settings
from lms.database import database_app


def migrated(settings: Settings) -> Flask:
    """An application over the instance's database with the newest schema."""
    settings.instance_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    application = database_app(settings)
    with application.app_context():
        upgrade()
    return application
