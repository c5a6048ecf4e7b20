"""Addresses that name a host themselves: the workspace passes them on to its own lab's components only."""

from __future__ import annotations

import base64

#: Prometheus asks for the lab's own credential.
COMPONENT = "/proxy/prometheus:9090/-/ready"
#: The workspace's own port, the machine's, the cluster's, a cloud's: whoever may reach them by packets.
ELSEWHERE = (
    "127.0.0.1:8888", "localhost:8888", "kubernetes.default:443", "absolute/kubernetes.default:443",
    "169.254.169.254:80",
)  # fmt: skip
#: A refusal for want of a credential is another one.
NOT_ALLOWED = "is not allowed"


def as_lab(token: str) -> str:
    """What Prometheus is shown; the workspace is then shown the token in the address."""
    return f"Basic {base64.b64encode(f'lab:{token}'.encode()).decode()}"
