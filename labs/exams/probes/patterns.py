"""Regular expressions that authors write, compiled when content is read: a broken one is an error there."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from schema.content import Text


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
Patterns = tuple[Pattern, ...] | dict[Text, Pattern]
"""Patterns, or patterns by what a learner is told that each stands for."""


def by_words(patterns: Patterns) -> dict[str, str]:
    """Give each pattern by its words; one without words is shown as it is."""
    return patterns if isinstance(patterns, dict) else {pattern: pattern for pattern in patterns}


def found_in(pattern: str, text: str) -> bool:
    """Say whether the pattern occurs; ^ and $ mean lines."""
    return re.search(pattern, text, re.MULTILINE) is not None
