"""`lms demo`: fill the demo organisation, and get into it."""

import os

import click

from lms import content, demo
from lms.cli.instance import migrated
from lms.cli.up import settings_for
from lms.command import command as lms
from lms.command import start_command
from lms.models import LinkPurpose
from lms.services import one_time_links
from lms.services.errors import Invalid

PASSWORD = "ACADEMY_DEMO_PASSWORD"  # noqa: S105 - the name of a variable


@click.group()
def command() -> None:
    """The demo organisation: `make demo` starts it, filled."""


@command.command()
@click.option("--password", is_flag=True, help=f"Ask for a password that opens all demo accounts (or set {PASSWORD}).")
def fill(password: bool) -> None:
    """Fill the demo instance, unless it is filled."""
    given = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else os.environ.get(PASSWORD)
    )
    settings = settings_for(demo=True)
    content.load()
    with migrated(settings).app_context():
        try:
            written = demo.fill(password=given)
        except Invalid as error:
            raise click.ClickException(str(error)) from error
    click.echo("The demo organisation was filled." if written else "The demo organisation is there already.")


@command.command()
def links() -> None:
    """Print sign-in links for the people of the demo.

    One for an administrator, an instructor and three learners each; a link works once, within 48 hours.
    """
    settings = settings_for(demo=True)
    with migrated(settings).app_context():
        people = demo.shown_people()
        if not people:
            raise click.ClickException(
                f"The demo organisation is empty. Run `{start_command(settings)}`, "
                f"or `{lms('demo fill', settings)}`, first."
            )
        for what, user in people:
            token = one_time_links.new(LinkPurpose.SIGN_IN, user=user)
            click.echo(f"{what:14} {user.name:18} {settings.base_url}/sign-in/{token}")
