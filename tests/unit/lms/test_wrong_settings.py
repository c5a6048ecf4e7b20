"""A wrong setting is named as it is typed, and its value, which may be a password, is in no message."""

import click
import pytest
from pydantic import ValidationError

from lms.cli.up import settings_for
from lms.config import Settings


@pytest.mark.parametrize("variable", ["ACADEMY_PORT", "ACADEMY_DOCKER_DOOR_PORT", "ACADEMY_DOCKER_JUDGES_PORT"])
def test_the_variable_is_named_as_it_is_typed(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "eight thousand")
    with pytest.raises(click.ClickException, match=f"  {variable}: "):
        settings_for(demo=False)


def test_no_message_holds_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACADEMY_DATABASE", "mysql://academy:geheim@db.example/academy")
    with pytest.raises(ValidationError, match="not on mysql") as told:
        Settings()
    assert "geheim" not in str(told.value)
