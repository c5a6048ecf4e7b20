"""What is wrong with authored files: one `Problem` each, gathered in `Problems`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it is, what is wrong, and what to do about it."""

    path: Path
    line: int
    message: str
    mend: str = ""

    def __str__(self) -> str:
        sentence = f"{self.path}:{self.line}: {self.message.rstrip('.')}."
        return f"{sentence} {self.mend}" if self.mend else sentence


class Problems:
    """Collects problems, so that an author sees all of them at once; iterates by file and line."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        self._found: list[Problem] = list(found)

    def add(self, path: Path, line: int, message: str, mend: str = "") -> None:
        """Note one problem."""
        self._found.append(Problem(path, line, message, mend))

    def extend(self, others: Iterable[Problem]) -> None:
        """Note all of the others too."""
        self._found.extend(others)

    def within(self, folder: Path) -> "Problems":
        """The problems of the files in this folder (or of this one file)."""
        return Problems(p for p in self._found if p.path == folder or folder in p.path.parents)

    def relative_to(self, base: Path) -> "Problems":
        """The same problems with paths shortened for a person who works in `base`."""
        return Problems(Problem(_shortened(p.path, base), p.line, p.message, p.mend) for p in self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(set(self._found)))

    def __len__(self) -> int:
        return len(set(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


def _shortened(path: Path, base: Path) -> Path:
    return path.relative_to(base) if path.is_relative_to(base) else path


def amount(count: int, what: str) -> str:
    """So many of these, in words of a check."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
