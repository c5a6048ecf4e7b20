"""`lms up`: start an instance and stay until Ctrl-C."""

import sys
from typing import Any

import click
from pydantic import ValidationError

from lms.command import DEMO_PORT
from lms.command import command as lms
from lms.config import RateLimits, Settings
from lms.lab_settings import DockerLabs
from lms.supervisor.lock import AlreadyRunning
from lms.supervisor.start import CannotStart
from lms.supervisor.supervisor import supervise

#: How variables begin, by the name under which a mistake in them is told.
_PREFIXES = {one.__name__: one.model_config.get("env_prefix", "") for one in (Settings, DockerLabs, RateLimits)}


def settings_for(*, demo: bool, port: int | None = None) -> Settings:
    """The instance's settings; a mistake in ACADEMY_* is explained, not traced."""
    named: dict[str, Any] = {"instance": "demo"} if demo else {}
    try:
        if port is not None:
            named["port"] = port
        elif demo and "port" not in Settings().model_fields_set:
            named["port"] = DEMO_PORT
        return Settings(**named)
    except ValidationError as error:
        prefix = _PREFIXES.get(error.title, "ACADEMY_")
        wrong = "\n".join(
            f"  {prefix}{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors() if one["loc"]
        )
        raise click.ClickException(f"The settings are not usable:\n{wrong}") from error


@click.command()
@click.option("--demo", is_flag=True, help="The filled demo organisation, in a data folder of its own.")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen here (default 8000, the demo 8001).")
def command(*, demo: bool, port: int | None) -> None:
    """Start the platform: broker, web, workers and beat under one command, with one log.

    Ctrl-C stops it and leaves labs running.
    """
    settings = settings_for(demo=demo, port=port)
    try:
        supervise(settings)
    except AlreadyRunning as running:
        raise click.ClickException(
            f"This instance ({settings.instance}) runs already, as {running}. "
            f"Open {settings.base_url}, or end it with: {lms('down', settings)}"
        ) from running
    except CannotStart as reason:
        raise click.ClickException(str(reason)) from reason
    sys.exit(0)
