"""Plots as inline SVG made at the server: themed by classes, readable without scripts, fine under a strict policy."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from labs.exams.report import BarsEvidence, PlotEvidence

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 18, 42
MOST_POINTS = 600


def nice_ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """Round numbers that span low to high."""
    if high <= low:
        high = low + 1
    rough = (high - low) / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = math.floor(low / step) * step
    ticks = [round(first + step * index, 10) for index in range(count + 3)]
    last = next((index for index, tick in enumerate(ticks) if tick >= high), len(ticks) - 1)
    return ticks[: last + 1]


def _text(x: float, y: float, text: str, css: str = "plot-label", anchor: str = "middle") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" class="{}" text-anchor="{}">{}</text>').format(x, y, css, anchor, text)


def _frame(y_ticks: Sequence[float], y_label: str, scale_y: "Scale") -> list[Markup]:
    parts = [_text(LEFT, 11, y_label, anchor="start")]
    for tick in y_ticks:
        y = scale_y(tick)
        parts.append(
            Markup('<line class="plot-grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                LEFT, WIDTH - RIGHT, y, y
            )
        )
        parts.append(_text(LEFT - 6, y + 4, f"{tick:g}", anchor="end"))
    return parts


class Scale:
    """Maps numbers of a domain to positions on the page."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.span = low, (high - low) or 1
        self.start, self.length = start, end - start

    def __call__(self, value: float) -> float:
        return self.start + self.length * (value - self.low) / self.span


def _wrap(title: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(parts)
    )


def line_plot(evidence: PlotEvidence) -> Markup:
    """Lines over a common x axis, with marked moments; long series are thinned evenly."""
    xs = [x for series in evidence.series for x, _ in series.points] or [0.0]
    ys = [y for series in evidence.series for _, y in series.points] or [0.0]
    x_ticks, y_ticks = nice_ticks(min(xs), max(xs), count=7), nice_ticks(min(0.0, *ys), max(ys))
    scale_x = Scale(min(xs), max(x_ticks[-1], max(xs)), LEFT, WIDTH - RIGHT)
    scale_y = Scale(y_ticks[0], y_ticks[-1], HEIGHT - BOTTOM, TOP)
    parts = _frame(y_ticks, evidence.y_label, scale_y)
    parts += [_text(scale_x(tick), HEIGHT - BOTTOM + 16, f"{tick:g}") for tick in x_ticks if tick >= min(xs)]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, evidence.x_label))
    for mark in evidence.marks:
        x = scale_x(mark.at)
        parts.append(
            Markup('<line class="plot-mark" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>').format(
                x, x, TOP, HEIGHT - BOTTOM
            )
        )
        anchor = "end" if x > WIDTH * 0.7 else "start"
        parts.append(
            _text(x + (-4 if anchor == "end" else 4), TOP + 10, mark.label, "plot-label plot-mark-label", anchor)
        )
    for number, series in enumerate(evidence.series, 1):
        every = max(1, len(series.points) // MOST_POINTS)
        points = " ".join(f"{scale_x(x):.1f},{scale_y(y):.1f}" for x, y in series.points[::every])
        parts.append(
            Markup('<polyline class="plot-line plot-series-{}" points="{}"/>').format((number - 1) % 4 + 1, points)
        )
    return _wrap(evidence.title, parts)


def bar_plot(evidence: BarsEvidence) -> Markup:
    """Bars side by side; an accepted range is drawn as a bracket beside its bar."""
    top = max([0.0] + [bar.value for bar in evidence.bars] + [bar.high or 0 for bar in evidence.bars])
    y_ticks = nice_ticks(0, top)
    scale_y = Scale(0, y_ticks[-1], HEIGHT - BOTTOM, TOP)
    parts = _frame(y_ticks, evidence.y_label, scale_y)
    slot = (WIDTH - LEFT - RIGHT) / len(evidence.bars)
    wide = min(90.0, slot * 0.55)
    for index, bar in enumerate(evidence.bars):
        middle = LEFT + slot * (index + 0.5)
        y = scale_y(bar.value)
        parts.append(
            Markup(
                '<rect class="plot-bar plot-series-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
            ).format(index % 4 + 1, middle - wide / 2, y, wide, HEIGHT - BOTTOM - y)
        )
        parts.append(_text(middle, y - 5, f"{bar.value:g}", "plot-label plot-value"))
        parts.append(_text(middle, HEIGHT - BOTTOM + 16, bar.name))
        if bar.low is not None and bar.high is not None:
            parts += _bracket(middle + wide / 2 + 8, bar.low, bar.high, scale_y)
    return _wrap(evidence.title, parts)


def _bracket(x: float, low: float, high: float, scale_y: Scale) -> list[Markup]:
    bottom, top = scale_y(low), scale_y(high)
    path = f"M{x - 4:.1f} {bottom:.1f}h8M{x:.1f} {bottom:.1f}V{top:.1f}M{x - 4:.1f} {top:.1f}h8"
    said = _text(x + 8, (bottom + top) / 2 + 4, f"{low:g} to {high:g}", anchor="start")
    return [Markup('<path class="plot-range" d="{}"/>').format(path), said]
