"""Every route declares who may open it; one without a declaration stops the application from starting."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from lms.services import access

View = TypeVar("View", bound=Callable[..., Any])
#: Rules about one object: a refusal looks like "no such thing", so that ids can not be probed.
_ABOUT_OBJECTS = ("own", "teaches ")


def policy(rule: str) -> Callable[[View], View]:
    """Lets a request through only if the rule of lms.services.access says yes for the actor and the route's ids."""
    if rule not in access.RULES:
        raise ValueError(f"no such rule: {rule}; lms/services/access.py has {', '.join(access.RULES)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **ids: Any) -> Any:
            if not access.allowed(rule, g.actor, ids):
                return _refuse(rule)
            return view(*args, **ids)

        guarded.policy = rule  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _refuse(rule: str) -> Response:
    if g.actor is None:
        if request.method == "GET" and not request.headers.get("HX-Request"):
            return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
        return abort(401)
    return abort(404 if rule.startswith(_ABOUT_OBJECTS) else 403)


def enforce_policies(app: Flask) -> None:
    undeclared = [name for name, view in app.view_functions.items() if not hasattr(view, "policy")]
    if undeclared:
        raise RuntimeError(f"views without @policy(...): {', '.join(sorted(undeclared))}")
