"""`lms doctor`: a table of what is there, what is missing, and how to mend it."""

import sys

import click
from rich.markup import escape

from lms.cli import table
from lms.cli.up import settings_for
from lms.supervisor.doctor import examine

MARKS = {
    "good": "[green]good[/]",
    "degraded": "[yellow]degraded[/]",
    "missing": "[red]missing[/]",
    "unseen": "not seen from here",
}


@click.command()
@click.option("--demo", is_flag=True, help="Look at the demo organisation.")
def command(*, demo: bool) -> None:
    """Look at this machine and this instance; exit 1 when something needed is missing."""
    findings = list(examine(settings_for(demo=demo)))
    rows = [(one.subject, MARKS[one.state], escape(one.what), escape(one.mend)) for one in findings]
    table.show(("", "state", "found", "to mend it"), rows)
    missing = [finding for finding in findings if finding.state == "missing"]
    click.echo(f"\n{len(missing)} missing." if missing else "\nEverything that is needed is there.")
    sys.exit(1 if missing else 0)
