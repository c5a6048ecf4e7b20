"""`lms run ROLE`: one part of the platform in this very process, for containers; `lms up` runs them all."""

import os
import signal
import sys

import click

from lms.cli.instance import migrated
from lms.cli.up import settings_for
from lms.config import Settings
from lms.supervisor import plan, schema
from lms.supervisor.places import Places
from lms.supervisor.start import CannotStart, check_settings

SERVERS = ("web", "worker", "examiner", "beat", "exporter")
STEPS = ("migrate", "wait")


@click.command()
@click.argument("role", type=click.Choice([*SERVERS, *STEPS]))
@click.option("--seconds", default=600.0, show_default=True, help="How long migrate and wait wait for the database.")
@click.option("--wait", is_flag=True, help="First wait until the database is up to date.")
def command(role: str, *, seconds: float, wait: bool) -> None:
    """Run one part of the platform, until it is told to end by SIGTERM.

    `migrate` brings the database up to date and ends; `wait` ends when somebody did.
    """
    settings = settings_for(demo=False)
    try:
        check_settings(settings)
    except CannotStart as reason:
        raise click.ClickException(str(reason)) from reason
    # The first process of a container has no default for it: without this it would be waited for in vain.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    places = Places.of(settings)
    places.make()
    if role == "migrate":
        _migrate(settings, seconds)
    elif role == "wait":
        _wait(settings, seconds)
    else:
        if wait:
            _wait(settings, seconds)
        argv = plan.server(role, settings, places)
        os.execv(argv[0], argv)  # noqa: S606 - no shell is the point


def _wait(settings: Settings, seconds: float) -> None:
    if not schema.wait_for_schema(settings, click.echo, seconds=seconds):
        sys.exit(1)


def _migrate(settings: Settings, seconds: float) -> None:
    if not schema.wait_for_database(settings, click.echo, seconds=seconds):
        sys.exit(1)
    migrated(settings)
    click.echo("The database is up to date.")
