"""`lms doctor`: a table of what is there, what is missing, and how to mend it."""

import sys

import click
from rich.console import Console
from rich.table import Table

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
    table = Table("", "state", "found", "to mend it", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(finding.subject, MARKS[finding.state], finding.what, finding.mend)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    missing = [finding for finding in findings if finding.state == "missing"]
    click.echo(f"\n{len(missing)} missing." if missing else "\nEverything that is needed is there.")
    sys.exit(1 if missing else 0)
