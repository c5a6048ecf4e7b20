"""`lms labs`: what runs and nobody's row wants, and whether it is ended; for whoever runs the platform."""

import click
from flask import Flask
from rich.console import Console
from rich.table import Table

from lms.cli.instance import migrated
from lms.cli.up import settings_for
from lms.command import command as lms
from lms.config import Settings
from lms.services import lab_custody, lab_troubles


@click.group(invoke_without_command=True)
@click.option("--demo", is_flag=True, help="In the demo organisation.")
@click.pass_context
def command(ctx: click.Context, *, demo: bool) -> None:
    """Show labs that no row wants, and labs with which something is wrong."""
    settings = settings_for(demo=demo)
    ctx.obj = (settings, migrated(settings))
    if ctx.invoked_subcommand is None:
        _show(*ctx.obj)


@command.command()
@click.pass_obj
def arm(given: tuple[Settings, Flask]) -> None:
    """End labs that no row wants, ten minutes from now: this database is the right one.

    After a restore, look first at what `lms labs` lists: labs that were started since the backup are among them, with
    all work in them.
    """
    _, app = given
    with app.app_context():
        lab_custody.ask_for_arming()
    click.echo("A worker arms it at its next look, within half a minute.")


def _show(settings: Settings, app: Flask) -> None:
    with app.app_context():
        custody, troubled = lab_custody.current(), lab_troubles.of_everybody()
    click.echo(lab_custody.sentence(custody))
    if custody is not None and custody.disarmed:
        click.echo(f"When what is listed may go: {lms('labs arm', settings)}")
    lines = [(one.name, one.why, f"{one.since:%Y-%m-%d %H:%M} UTC") for one in custody.suspicions] if custody else []
    lines += [(one.name, one.what, f"{one.at:%Y-%m-%d %H:%M} UTC" if one.at else "") for one in troubled]
    if not lines:
        return
    table = Table("lab", "what is wrong", "seen", box=None, pad_edge=False)
    for line in lines:
        table.add_row(*line)
    Console(width=160).print(table)
