"""Whether a component answers: one real request, whose reply is not trusted further than its status.

One that speaks no HTTP is ready when it takes a connection.
"""

from __future__ import annotations

import http.client
import socket

from labs.components.model import Component
from labs.providers.machine import LOOPBACK
from labs.spec import LabSpec


class NoAnswer(Exception):
    """A page was asked for and nothing came in time: nothing is known, and it is asked for again."""


def answers(component: Component, lab: LabSpec, port: int, *, beneath: str = "", timeout: float = 1.5) -> bool:
    """Say whether the component answers its readiness request with 200; `beneath` is where a proxy has it."""
    if not component.speaks_http:
        return _takes_connections(port, timeout=timeout)
    return _status(beneath + component.ready, component, lab, port, timeout=timeout) == 200


def page(component: Component, lab: LabSpec, port: int, *, beneath: str = "", timeout: float = 1.5) -> str | None:
    """Choose the first of the component's pages that answers with 200; builds of one program differ in theirs."""
    if len(component.pages) == 1:
        return component.pages[0]
    for one in component.pages:
        status = _status(beneath + one, component, lab, port, timeout=timeout)
        if status is None:
            raise NoAnswer(one)
        if status == 200:
            return one
    return None


def _takes_connections(port: int, *, timeout: float) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout).close()
    except OSError:
        return False
    return True


def _status(path: str, component: Component, lab: LabSpec, port: int, *, timeout: float) -> int | None:
    path = path.partition("#")[0]
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", path, headers=lab.headers(component.credential))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
