"""The axes of plots."""

import re

import pytest

from labs.exams.report import Bar, BarsEvidence
from lms.web.plots import bar_plot, nice_ticks


@pytest.mark.parametrize(
    ("high", "ticks"),
    [(0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (103, [0, 25, 50, 75, 100, 125])],
)
def test_ticks_are_round_and_span_the_values(high: float, ticks: list[float]) -> None:
    assert nice_ticks(0, high) == ticks


def test_bars_that_are_all_zero_stand_on_an_axis_from_0_to_1() -> None:
    bars = [Bar(name=name, value=0) for name in ("slow", "failing")]
    drawn = bar_plot(BarsEvidence(title="Bad answers", y_label="users", bars=bars))
    axis = re.findall(r'text-anchor="end">([^<]+)<', drawn)
    assert axis == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert set(re.findall(r'<rect [^>]*height="([^"]+)"', drawn)) == {"0.0"}
