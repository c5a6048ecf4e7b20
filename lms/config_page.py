"""The reference page of the settings, written from the settings themselves: `python -m lms.config_page`."""

from pathlib import Path

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from lms.config import RateLimits, Settings
from lms.lab_settings import DockerLabs

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
HEAD = """# Settings

Environment variables, each with a default. This page is made by `python -m lms.config_page`.

| variable | default | what it is for |
| --- | --- | --- |
"""
_COMPUTED = {"home": "`~/.local/share/mlops-academy`"}


def page() -> str:
    """The whole page as Markdown."""
    return HEAD + "".join(_rows(Settings)) + "".join(_rows(DockerLabs)) + "".join(_rows(RateLimits))


def _rows(settings: type[BaseSettings]) -> list[str]:
    prefix = settings.model_config.get("env_prefix", "")
    rows = []
    for name, field in settings.model_fields.items():
        if name in ("limits", "docker"):
            continue
        plain = "" if field.default in (None, PydanticUndefined, "", ()) else f"`{field.default}`"
        rows.append(f"| `{prefix}{name.upper()}` | {_COMPUTED.get(name, plain)} | {field.description or ''} |\n")
    return rows


if __name__ == "__main__":
    PAGE.write_text(page())
