"""Texts that a person reads when they change."""

from pathlib import Path

import pytest


def assert_golden(path: Path, text: str) -> None:
    """It is what the file says. To renew: delete the file, run the test, which writes it, and read what it wrote."""
    if not path.exists():
        path.write_text(text)
        pytest.fail(f"there was no {path.name}: read what was written, commit it, and run this again")
    assert text == path.read_text()
