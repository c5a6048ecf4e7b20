"""An instance for a command: its database, brought up to date."""

import click
from flask import Flask

from lms.config import Settings
from lms.database import database_app
from lms.supervisor.fit import DoesNotFit, bring_up_to_date


def migrated(settings: Settings) -> Flask:
    """An application over the instance's database with the newest schema."""
    settings.instance_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    application = database_app(settings)
    with application.app_context():
        try:
            bring_up_to_date()
        except DoesNotFit as reason:
            raise click.ClickException(str(reason)) from reason
    return application
