"""Whether a component answers: one real request, whose reply is not trusted further than its status."""

from __future__ import annotations

import base64
import http.client

from labs.components.model import Component
from labs.providers.local.addresses import LOOPBACK
from labs.spec import LabSpec


def answers(component: Component, lab: LabSpec, port: int, *, timeout: float = 1.5) -> bool:
    """Say whether the component answers its readiness request with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", component.ready, headers=_headers(component, lab))
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _headers(component: Component, lab: LabSpec) -> dict[str, str]:
    token = lab.token.get_secret_value()
    match component.credential:
        case "token":
            return {"Authorization": f"token {token}"}
        case "basic":
            return {"Authorization": f"Basic {base64.b64encode(f'lab:{token}'.encode()).decode()}"}
    return {}
