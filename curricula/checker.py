"""`python -m curricula`: print every error of the content, exit 1 when there are any."""

import argparse
import sys
from pathlib import Path

from curricula.loader import PACKAGED, find_problems, load
from schema import Problems, amount


def main(arguments: list[str] | None = None) -> int:
    """Check the content and say what was found; the exit status is 0 only when all of it is right."""
    options = _parser().parse_args(arguments)
    everything = find_problems(options.root)
    problems = _chosen(everything, options.root, options.slugs).relative_to(Path.cwd())
    for problem in problems:
        print(problem)  # noqa: T201  # this is a command
    if problems:
        print(f"{amount(len(problems), 'error')}.", file=sys.stderr)  # noqa: T201  # this is a command
        return 1
    print(_summary(options.root, everything))  # noqa: T201  # this is a command
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m curricula", description="Check pathways, modules and quizzes.")
    parser.add_argument("slugs", nargs="*", help="report only these modules or pathways")
    parser.add_argument("--root", type=Path, default=PACKAGED, help="folder that holds pathways/ and modules/")
    return parser


def _chosen(problems: Problems, root: Path, slugs: list[str]) -> Problems:
    if not slugs:
        return problems
    folders = [root.resolve() / kind / Path(slug).name for kind in ("modules", "pathways") for slug in slugs]
    return Problems(problem for folder in folders for problem in problems.within(folder))


def _summary(root: Path, everything: Problems) -> str:
    if everything:
        return f"No errors there ({len(everything)} elsewhere)."
    curriculum = load(root)
    pathways, modules = amount(len(curriculum.pathways), "pathway"), amount(len(curriculum.modules), "module")
    return f"{pathways} and {modules}, no errors."


if __name__ == "__main__":
    sys.exit(main())
