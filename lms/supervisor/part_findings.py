"""What `lms doctor` says within a container that is one part of the platform: of what that part holds, and no more."""

import time
from collections.abc import Callable, Iterator

from lms.config import Settings
from lms.supervisor.finding import Finding
from lms.supervisor.start import web_answers

#: Those that hold a way to what runs the labs. The others hold none by design: who talks to browsers starts nothing.
LAB_MAKERS = ("worker", "examiner")
#: Those that touch a file while they turn.
TURNING = ("worker", "examiner", "beat")
LATE_SECONDS = 60.0
MIGRATE = "The container `migrate` does that: see what it says."


def examine(settings: Settings, *, database: Callable[[Settings], Finding]) -> Iterator[Finding]:
    """Look at what this part has."""
    if settings.part not in LAB_MAKERS:
        yield Finding("what runs the labs", "unseen", f"{settings.part} holds no way to it; worker does: ask there")
    if settings.database is None:
        yield Finding("database", "unseen", f"{settings.part} is not told where it is; worker is: ask there")
    else:
        yield database(settings)
    yield _part(settings)
    what = f"browsers have to find *.{settings.labs_host}; this container asks another resolver than they do"
    yield Finding(f"names below {settings.labs_host}", "unseen", what)


def _part(settings: Settings) -> Finding:
    subject, mend = f"this part: {settings.part}", "See the container's log."
    if settings.part not in ("web", *TURNING):
        return Finding(subject, "unseen", "it leaves no sign that can be looked at; its log tells")
    if settings.part == "web" and not web_answers(settings):
        return Finding(subject, "missing", "no page is served", mend)
    if settings.part in TURNING and (late := _late(settings)):
        return Finding(subject, "missing", late, mend)
    return Finding(subject, "good", f"runs; pages are at {settings.base_url}")


def _late(settings: Settings) -> str | None:
    """What is wrong with the file that the part touches every few seconds (worker/pulse.py)."""
    try:
        touched = (settings.instance_folder / "run" / f"pulse-{settings.part}").stat().st_mtime
    except OSError:
        return "it has not begun to work"
    silent = time.time() - touched
    return f"it has not turned for {silent:.0f} seconds" if silent > LATE_SECONDS else None
