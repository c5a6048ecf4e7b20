"""Rate limits, counted by person where one is signed in, else by address."""

import math
import time
from collections.abc import Callable

from flask import current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from lms.services.accounts import folded_email


def _who() -> str:
    actor = getattr(g, "actor", None)
    return f"user:{actor.id}" if actor is not None else f"address:{get_remote_address()}"


def account_asked_for() -> str:
    """The account that somebody tries to get into: guessing one password from many addresses is slow, too."""
    return f"account:{folded_email(request.form.get('email', ''))[:254]}"


limiter = Limiter(
    key_func=_who,
    headers_enabled=True,
    in_memory_fallback_enabled=True,  # the broker's absence must not switch the limits off
    swallow_errors=True,
    key_prefix="academy-limit",
)


def again_in() -> int | None:
    """Seconds until the limit that refused this request is free again."""
    limit = limiter.current_limit
    return max(1, math.ceil(limit.reset_at - time.time())) if limit is not None else None


def configured(name: str) -> Callable[[], str]:
    """The limit of this name in the settings, read when a request comes."""
    return lambda: getattr(current_app.config["ACADEMY"].limits, name)
