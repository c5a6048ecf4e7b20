"""The `lms` command. Each subcommand is loaded when it is called, so that `lms --help` is quick."""

from importlib import import_module
from importlib.util import find_spec

import click

#: Subcommand -> one line of help; `lms.cli.<name>` holds a click command called `command`.
SUBCOMMANDS = {
    "up": "Start the platform and watch its processes.",
    "run": "Run one part of the platform, for containers.",
    "down": "End the platform and every lab; work is kept.",
    "doctor": "Say what is missing or degraded, and how to mend it.",
    "content": "Check pathways, modules, labs and projects.",
    "exam": "Examine a project folder from the shell.",
    "admin": "Accounts and links, for whoever runs the platform.",
    "labs": "What is wrong with labs; removes all of them.",
    "demo": "Fill the demo organisation.",
}


class LazyGroup(click.Group):
    """Imports a subcommand's module on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in SUBCOMMANDS if find_spec(f"lms.cli.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"lms.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBCOMMANDS[name]) for name in self.list_commands(ctx)])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """MLOps Academy: the platform's command line."""
