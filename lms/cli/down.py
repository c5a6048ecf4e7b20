"""`lms down`: end an instance and its labs."""

import sys

import click

from lms.cli.up import settings_for
from lms.supervisor.down import down


@click.command()
@click.option("--demo", is_flag=True, help="The demo organisation only; by default both are ended.")
def command(*, demo: bool) -> None:
    """End the platform, every lab and exam, also after `lms up` was killed. Work in labs is kept."""
    complete = True
    for settings in [settings_for(demo=True)] if demo else [settings_for(demo=False), settings_for(demo=True)]:
        if demo or settings.instance_folder.exists():
            click.echo(f"{settings.instance}:")
            complete &= down(settings, lambda text: click.echo(f"  {text}"))
    sys.exit(0 if complete else 1)
