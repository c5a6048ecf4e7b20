"""Where a request to the forwarded port wants to go: a browser's by its host name, a check's by its path. Pure.

A check asks a component by the component's own Host with its port, as MLflow and the model server refuse any other. A
browser names the forwarded port, so none gets this way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs import naming
from labs.providers.machine import LOOPBACK

_HOST = re.compile(rb"\r\nhost:[ \t]*([A-Za-z0-9.-]{1,200})(?::(\d{1,5}))?[ \t]*\r\n", re.IGNORECASE)
_CHECK = re.compile(rb"([A-Z]{3,7} )/([a-z0-9-]{1,63})/([a-z0-9-]{1,63})(/[^ \r\n]* HTTP/1\.1\r\n)")
_CONNECTION = re.compile(rb"^connection:[^\r\n]*\r\n", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Way:
    """A lab, its component with its port (None: the one that is its door), and the request's beginning for it."""

    lab: str
    component: tuple[str, int] | None
    head: bytes


def for_check(port: int, lab: str, component: str) -> str:
    """The address at which a check asks a component."""
    return f"http://{LOOPBACK}:{port}/{lab}/{component}"


def asked(head: bytes, domain: str) -> Way:
    """Read the beginning of a connection; ValueError when it leads nowhere."""
    found, check = _HOST.search(head), _CHECK.match(head)
    host = found[1].decode().lower() if found else ""
    name, _, rest = host.partition(".")
    if rest == domain and naming.is_lab_name(name):
        return Way(name, None, head)
    if found and found[2] and check and host == check[3].decode():
        return Way(check[2].decode(), (host, int(found[2])), _alone(check, head))
    raise ValueError(f"this port leads to labs: <lab>.{domain}")


def _alone(check: re.Match[bytes], head: bytes) -> bytes:
    """The request without lab and component; its connection ends with it, as the next may be for another component."""
    headers, blank, body = head[check.end() :].partition(b"\r\n\r\n")
    headers = _CONNECTION.sub(b"", headers + b"\r\n")
    return check[1] + check[4] + b"Connection: close\r\n" + headers + blank[2:] + body
