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


def test_labs_of_another_site_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known where the last two parts differ; which suffixes are public only browsers know."""
    monkeypatch.setenv("ACADEMY_PUBLIC_URL", "https://academy.example.org:8443")
    monkeypatch.setenv("ACADEMY_LABS_DOMAIN", "academy-labs.test")
    with pytest.raises(click.ClickException, match=r"ACADEMY_LABS_DOMAIN: .*such as labs\.academy\.example\.org"):
        settings_for(demo=False)
    monkeypatch.setenv("ACADEMY_LABS_DOMAIN", "labs.example.org")
    assert settings_for(demo=False).labs_host == "labs.example.org"
