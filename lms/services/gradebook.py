"""The gradebook of a cohort as CSV that is safe to open in a spreadsheet."""

import csv
import io

from lms.services.cohort_views import CohortView

#: What a spreadsheet may take for a formula, in every width; a leading apostrophe makes it text.
_FORMULA = frozenset("=+-@|%＝＋－＠")
_CONTROL = frozenset("\t\r\n")


def safe_cell(value: object) -> str:
    """Text that no spreadsheet runs; numbers stay numbers."""
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value).replace("\x00", "")
    first = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return f"'{text}" if first in _FORMULA or text[:1] in _CONTROL else text


def as_csv(view: CohortView) -> str:
    """One line for each learner, quoted after RFC 4180."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    modules = [f"{module.title} %" for module in view.modules]
    head = [
        "Name",
        "E-mail",
        "Progress %",
        *modules,
        "Last active (UTC)",
        "Submissions",
        "Best points",
        "Of",
        "Verdict",
    ]
    writer.writerow([safe_cell(cell) for cell in [*head, "At risk because"]])
    for member in view.members:
        score = member.best.score if member.best else None
        row: list[object] = [member.user.name, member.user.email, round(member.share.percent, 1)]
        row += [round(cell, 1) for cell in member.cells]
        row += [member.last_active.strftime("%Y-%m-%d %H:%M") if member.last_active else "", len(member.submissions)]
        row += [score.points, score.max_points, score.verdict] if score else ["", "", ""]
        writer.writerow([safe_cell(cell) for cell in [*row, "; ".join(member.risks)]])
    return out.getvalue()
