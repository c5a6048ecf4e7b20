"""The colours of code can be read in both themes."""

import re

import pytest
from pygments.style import StyleMeta

from lms.web.highlighting import DarkStyle, LightStyle, highlight_css, highlighted

READABLE = 4.5


def luminance(colour: str) -> float:
    parts = [int(colour.lstrip("#")[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", [LightStyle, DarkStyle])
def test_every_colour_has_contrast(style: StyleMeta) -> None:
    poor = {
        str(token): round(contrast(settings["color"], style.background_color), 2)
        for token, settings in style
        if settings["color"] and contrast(settings["color"], style.background_color) < READABLE
    }
    assert poor == {}


def test_both_themes_colour_the_same_classes_within_code_only() -> None:
    rules = [line.split(" {")[0] for line in highlight_css().splitlines()]
    dark = {rule.removeprefix('[data-bs-theme="dark"] ') for rule in rules if rule.startswith("[")}
    assert dark == {rule for rule in rules if not rule.startswith("[")}
    assert all(re.fullmatch(r"\.highlight( \.\w+)?", rule) for rule in dark)


def test_code_becomes_spans_with_classes() -> None:
    assert highlighted("x = 1\n", "python").count("<span class=") == 3
    assert highlighted("<x>", "nothing-known") == "&lt;x&gt;\n"
