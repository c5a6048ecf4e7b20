"""What every template can use: icons, times, static files with a content hash, the navigation."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask, g, request
from markupsafe import Markup, escape

from lms.command import DEMO
from lms.config import Settings
from lms.services import access, lab_endings
from lms.services.progress import Effort
from lms.web.plots import bar_plot, line_plot

STATIC = Path(__file__).parent / "static"
CODE = re.compile(r"`([^`\n]+)`")


@cache
def static_url(name: str) -> str:
    """The address of a file under static/, changing with its bytes so that browsers may cache it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def icon(name: str, label: str | None = None) -> Markup:
    """An icon of the sprite; decorative unless it has a label."""
    described = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(
        described, static_url("vendor/icons.svg"), name
    )


def moment(value: dt.datetime | None, *, empty: str = "never") -> Markup:
    """A time element: the reader's browser turns it into local or relative time, without it UTC stands."""
    if value is None:
        return Markup("{}").format(empty)
    text = value.strftime("%-d %b %Y, %H:%M UTC")
    return Markup('<time datetime="{}" data-moment>{}</time>').format(value.isoformat(), text)


def ago(value: dt.datetime | None, *, empty: str = "never") -> str:
    """How long ago, in the largest whole unit."""
    if value is None:
        return empty
    seconds = max(0, int((dt.datetime.now(dt.UTC) - value).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def countdown(until: dt.datetime) -> Markup:
    """What is left until then, in the words and colours with which academy.js goes on each second."""
    left = max(0, int((until - dt.datetime.now(dt.UTC)).total_seconds()))
    hours, minutes, seconds = left // 3600, left // 60 % 60, left % 60
    text = f"{hours} h {minutes:02} min" if hours else f"{minutes}:{seconds:02}"
    colour = "text-danger" if left < 120 else "text-warning" if left < 600 else ""
    return Markup('<span data-countdown="{}" class="{}">{}</span>').format(until.isoformat(), colour, text)


def code_shown(text: str) -> Markup:
    """One line in plain words, with what stands between backticks as code; nothing else in it is markup."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped before


def minutes_text(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def effort_text(effort: Effort) -> str:
    """The time of a day as it is, and a project's beside it."""
    own = f"project {minutes_text(effort.project_minutes)} in your own time" if effort.project_minutes else ""
    guided = minutes_text(effort.minutes) if effort.minutes or not own else ""
    return ", ".join(part for part in (guided, own) if part)


def _command_for_strangers(settings: Settings) -> Callable[[str], str]:
    """`lms ...` as it is typed in the checkout: a page that anybody may open tells no folder of this machine."""
    demo = " --demo" if settings.instance == DEMO else ""
    return lambda words: f".venv/bin/lms {words}{demo}"


def register_page_helpers(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals |= {"icon": icon, "static_url": static_url, "moment": moment, "ago": ago}
    app.jinja_env.globals |= {"line_plot": line_plot, "bar_plot": bar_plot, "countdown": countdown}
    # Asked by whole pages only: fragments do not pay for it.
    app.jinja_env.globals |= {"lab_endings": lab_endings.of}
    app.jinja_env.filters |= {"minutes": minutes_text, "effort": effort_text, "code_shown": code_shown}

    @app.context_processor
    def about_the_actor() -> dict[str, object]:
        actor = getattr(g, "actor", None)
        blueprint = (request.blueprint or "") if request else ""
        return {"actor": actor, "here": blueprint, "teaches": bool(actor and access.teaches_anyone(actor))}

    app.jinja_env.globals |= {"lms_command": _command_for_strangers(app.config["ACADEMY"])}
    app.jinja_env.globals |= {"registration_open": app.config["ACADEMY"].registration == "open"}
