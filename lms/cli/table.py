"""Tables of the command line: nothing in them is ever cut, since paths and addresses are there to be copied."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

#: Where no terminal says how wide it is, a row is one line.
UNBOUNDED = 10_000


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print it; on a terminal what is too long goes on in the next line."""
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else UNBOUNDED).print(table)
