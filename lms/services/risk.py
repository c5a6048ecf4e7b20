"""Who may need help, and why: rules that an instructor can read, each with its reason in words."""

import datetime as dt
from collections.abc import Sequence

from lms.services.progress import Share

QUIET_DAYS = 5
BEHIND_PERCENT = 20
FAILED_SUBMISSIONS = 2

#: What an instructor reads beside the list, and what `reasons` does.
RULE = (
    f"At risk is who has not begun, did nothing for {QUIET_DAYS} days, is more than {BEHIND_PERCENT} points behind "
    f"today's plan, or handed in {FAILED_SUBMISSIONS} times without passing."
)


def expected_percent(starts_on: dt.date, ends_on: dt.date, today: dt.date) -> float:
    """How far somebody is who works evenly from the first to the last day."""
    days = (ends_on - starts_on).days + 1
    return 100 * min(1.0, max(0.0, ((today - starts_on).days + 1) / days))


def reasons(
    *,
    share: Share,
    last_active: dt.datetime | None,
    verdicts: Sequence[str],
    expected: float,
    ends_on: dt.date,
    now: dt.datetime,
) -> list[str]:
    """Why this learner is at risk, most telling first; empty when nothing speaks for it or all is done."""
    if share.complete or expected <= 0:
        return []
    if now.date() > ends_on:
        return [f"did not finish: {share.percent:.0f} % done" if last_active else "never began"]
    found = []
    if last_active is None:
        found.append("has not begun")
    elif (quiet := (now - last_active).days) >= QUIET_DAYS:
        found.append(f"nothing done for {quiet} days")
    if (behind := expected - share.percent) > BEHIND_PERCENT and last_active is not None:
        found.append(f"{behind:.0f} points behind the plan")
    failed = sum(verdict == "failed" for verdict in verdicts)
    if failed >= FAILED_SUBMISSIONS and "passed" not in verdicts:
        found.append(f"{failed} submissions did not pass")
    return found
