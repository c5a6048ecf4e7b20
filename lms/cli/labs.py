"""`lms labs`: what is wrong with labs, what becomes of unknown ones, and how all are removed; for the staff."""

import os
import time

import click
from flask import Flask
from rich.markup import escape

from labs.errors import LabError
from labs.ports import HoldsMore, Provider
from lms import content
from lms.cli import table
from lms.cli.instance import migrated
from lms.cli.up import settings_for
from lms.command import command as lms
from lms.config import Settings
from lms.late_provider import LateProvider
from lms.services import lab_custody, lab_removal, lab_troubles
from lms.supervisor.part_findings import LAB_MAKERS

#: After so long without one lab less, something is in the way; it is longer than a worker holds a lab.
PATIENCE_SECONDS = 90.0
LOOK_AGAIN_SECONDS = 1.0


@click.group(invoke_without_command=True)
@click.option("--demo", is_flag=True, help="In the demo organisation.")
@click.pass_context
def command(ctx: click.Context, *, demo: bool) -> None:
    """Show what is wrong with labs, also with those that the database does not know."""
    settings = settings_for(demo=demo)
    ctx.obj = (settings, migrated(settings))
    if ctx.invoked_subcommand is None:
        _show(*ctx.obj)


@command.command()
@click.pass_obj
def arm(given: tuple[Settings, Flask]) -> None:
    """End labs that the database does not know.

    This database is the right one; they end ten minutes from now.

    After a restore, look first at what `lms labs` lists: labs that were started since the backup are among them, with
    all work in them.
    """
    _, app = given
    with app.app_context():
        lab_custody.ask_for_arming()
    click.echo("A worker arms it at its next look, within half a minute.")


@command.command()
@click.option("--all", "every", is_flag=True, help="Every lab of this installation; nothing is removed without it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(given: tuple[Settings, Flask], *, every: bool, yes: bool) -> None:
    """Remove all labs with the work in them, for good. What learners passed stays.

    Where labs are containers, type it where the worker runs. Stop the platform before it (or its web, on a server):
    what is started meanwhile stays.
    """
    settings, app = given
    if not every:
        raise click.UsageError("Say --all: this removes every lab of the installation, with all work in them.")
    if settings.part not in (None, *LAB_MAKERS):
        raise click.ClickException(f"{settings.part} holds no way to the labs. Type it where the worker runs.")
    content.load()  # an order for a lab says what is in it
    with app.app_context():
        try:
            left = _remove_every(LateProvider(settings).opened(), yes=yes)
        except LabError as error:
            raise click.ClickException(f"what runs the labs was not reached: {error}") from error
    for name, why in left.items():
        click.echo(f"{name} is left: {why or 'a worker holds it'}")
    if left:
        raise click.ClickException("not all are removed; type it again once the reason is gone")
    click.echo("No lab is left.")


def _remove_every(provider: Provider, *, yes: bool) -> dict[str, str]:
    """Ask, then try until nothing is left or nothing more goes; the names of those that stay, with the reason."""
    labs, people = lab_removal.count(provider)
    click.echo(f"{count_of(labs, 'lab')} of {count_of(people, 'person', 'people')}, with all work in them.")
    if labs and not yes:
        click.confirm("Remove them for good?", abort=True)
    lab_removal.want_none()
    owner, until = f"lms labs remove, process {os.getpid()}", time.monotonic() + PATIENCE_SECONDS
    while left := lab_removal.step(provider, owner=owner):
        if len(left) < labs:
            labs, until = len(left), time.monotonic() + PATIENCE_SECONDS
        if time.monotonic() > until:
            return left
        time.sleep(LOOK_AGAIN_SECONDS)
    if isinstance(provider, HoldsMore):
        provider.remove_all()
    return {}


def count_of(number: int, one: str, many: str | None = None) -> str:
    """A number with its word."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _show(settings: Settings, app: Flask) -> None:
    with app.app_context():
        custody, troubled = lab_custody.current(), lab_troubles.of_everybody()
    click.echo(lab_custody.sentence(custody))
    if custody is not None and custody.disarmed:
        click.echo(f"When what is listed may go: {lms('labs arm', settings)}")
    lines = [(one.name, one.why, f"{one.since:%Y-%m-%d %H:%M} UTC") for one in custody.suspicions] if custody else []
    lines += [(one.name, one.what, f"{one.at:%Y-%m-%d %H:%M} UTC" if one.at else "") for one in troubled]
    if lines:
        table.show(("lab", "what is wrong", "seen"), [tuple(map(escape, line)) for line in lines])
    elif custody is not None and custody.looked_at is not None:
        click.echo("Nothing is wrong with any lab.")
