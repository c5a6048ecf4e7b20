"""`lms admin`: accounts and links, for whoever runs the platform and may read its database."""

import click
from sqlalchemy import select

from lms.cli.instance import migrated
from lms.cli.up import settings_for
from lms.command import command as lms
from lms.config import Settings
from lms.models import LinkPurpose, User, db
from lms.services import accounts, one_time_links


@click.group()
def command() -> None:
    """Accounts and links, for whoever runs the platform."""


@command.command()
@click.argument("email", required=False)
@click.option("--first", is_flag=True, help="A set-up link for the first administrator, while none exists.")
@click.option("--demo", is_flag=True, help="In the demo organisation.")
def link(email: str | None, first: bool, demo: bool) -> None:
    """Print a link that signs EMAIL in, once, within 48 hours."""
    if bool(email) == first:
        raise click.UsageError(_which())
    settings = settings_for(demo=demo)
    with migrated(settings).app_context():
        path = _set_up(settings) if first else _sign_in(email or "")
    click.echo(f"{settings.base_url}{path}")


def _which() -> str:
    first, known = lms("admin link --first"), lms("admin link EMAIL")
    return f"Whose link? While there is no administrator: {first}\nOf somebody who has an account: {known}"


def _set_up(settings: Settings) -> str:
    token = accounts.first_administrator_token()
    if token is None:
        known = lms("admin link EMAIL", settings)
        raise click.ClickException(f"An administrator exists already. Get in with: {known}")
    return f"/set-up/{token}"


def _sign_in(email: str) -> str:
    user = db.session.scalar(select(User).where(User.email == accounts.folded_email(email)))
    if user is None:
        raise click.ClickException(f"Nobody has an account with the address {email}.")
    if not user.active:
        raise click.ClickException(f"The account of {email} is switched off; an administrator switches it on again.")
    return f"/sign-in/{one_time_links.new(LinkPurpose.SIGN_IN, user=user)}"
