"""What a pydantic error means to the author of a YAML file."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schema.content import SLUG_PATTERN
from schema.fields import keys_at
from schema.yaml_source import YamlSource

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "uuid_parsing": "a UUID",
    "uuid_type": "a UUID",
    "uuid_version": "a random UUID (version 4)",
}
_NEW_UUID = "Make one with: python3 -c 'import uuid; print(uuid.uuid4())'"


def explain(
    error: ErrorDetails, *, source: YamlSource, model: type[BaseModel], given: Collection[str] = ()
) -> tuple[str, str, int]:
    """The message, the mend and the line for one validation error."""
    loc, kind = error["loc"], error["type"]
    known = source.known(loc)
    place = f"'{loc[0]}' (given from outside the file)" if loc and loc[0] in given else _place(known)
    line = source.line(*known)
    if kind == "extra_forbidden":
        allowed = [key for key in keys_at(model, loc[:-1]) if key not in given]
        return f"the key '{loc[-1]}' is unknown{_place_in(known[:-1])}", _nearest(str(loc[-1]), allowed), line
    if kind == "missing":
        return f"the key '{loc[-1]}' is missing{_place_in(known)}", f"Add '{loc[-1]}:' there.", line
    if kind in _WANTED:
        return (*_wrong_type(error, place=place), line)
    if kind in ("literal_error", "enum"):
        expected = str(error.get("ctx", {}).get("expected", ""))
        message = f"{place} is {_shown(error['input'])}, but must be {expected}"
        return message, _nearest(str(error["input"]), _quoted(expected)), line
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _union_tag(error, source, place)
    if kind == "value_error":
        return f"{place}: {_first_lower(error['msg'].removeprefix('Value error, '))}", "", line
    return (*_other(error, place), line)


def _place(loc: tuple[str | int, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return f"'{text.lstrip('.')}'" if text else "the file"


def _place_in(loc: tuple[str | int, ...]) -> str:
    return f" in {_place(loc)}" if loc else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _nearest(word: str, allowed: list[str]) -> str:
    close = get_close_matches(word, allowed, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Use one of: {', '.join(allowed)}." if allowed else "Remove it."


def _quoted(expected: str) -> list[str]:
    return [part.strip().strip("'") for part in expected.replace(" or ", ",").split(",") if part.strip()]


def _wrong_type(error: ErrorDetails, *, place: str) -> tuple[str, str]:
    wanted, value = _WANTED[error["type"]], error["input"]
    message = f"{place} is {_shown(value)}, but must be {wanted}"
    if value is None:
        return message, "Write a value after the colon."
    if wanted == "text" and not isinstance(value, dict | list):
        return message, f'Put it in quotes: "{_shown(value)}".'
    if wanted == "text" and isinstance(value, dict):
        return message, "Put text that contains a colon in quotes."
    if wanted == "a list":
        return message, "Write it as [one, two] or as lines that start with '- '."
    if "UUID" in wanted:
        return message, _NEW_UUID
    if wanted == "keys and values":
        return message, "Write it as indented 'key: value' lines."
    return message, "Write the number without quotes or units." if "number" in wanted else "Write true or false."


def _union_tag(error: ErrorDetails, source: YamlSource, place: str) -> tuple[str, str, int]:
    context = error.get("ctx", {})
    tag_key = str(context.get("discriminator", "kind")).strip("'")
    tags = _quoted(str(context.get("expected_tags", "")))
    if error["type"] == "union_tag_not_found":
        return f"the key '{tag_key}' is missing in {place}", f"Add '{tag_key}:' there.", source.line(*error["loc"])
    line = source.line(*error["loc"], tag_key)
    tag = str(context.get("tag", ""))
    return f"{place} has the unknown {tag_key} '{tag}'", _nearest(tag, tags), line


def _other(error: ErrorDetails, place: str) -> tuple[str, str]:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            message = f"{place} is {_shown(error['input'])}, which does not have the asked form"
            return message, _pattern_mend(str(context.get("pattern", "")))
        case "string_too_short" if context.get("min_length") == 1:
            return f"{place} is empty", "Write a value."
        case "too_short":
            return (
                f"{place} has {context.get('actual_length')} items, but must have at least {context.get('min_length')}",
                "Add what is missing.",
            )
        case "too_long":
            return (
                f"{place} has {context.get('actual_length')} items, but may have at most {context.get('max_length')}",
                "Remove some.",
            )
    return f"{place} is {_shown(error['input'])}: {_first_lower(error['msg'])}", "Correct the value."


def _pattern_mend(pattern: str) -> str:
    if pattern == SLUG_PATTERN:
        return "Use small letters, digits and hyphens, starting with a letter or digit, as in 'first-run'."
    return f"It must match {pattern}."


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
