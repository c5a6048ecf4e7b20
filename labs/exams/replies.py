"""Asks a lab over HTTP and believes nothing: bodies capped, no redirects, every wait limited."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

CAP_BYTES = 1_048_576
TIMEOUT_SECONDS = 10.0
_PLAIN = {"Accept-Encoding": "identity"}


class Unreachable(Exception):
    """The component did not answer at all: that is no verdict about the learner's work."""


@dataclass(frozen=True)
class Reply:
    """A reply within the cap; `json` is None when the body is no JSON."""

    status: int
    body: bytes
    whole: bool

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        if not self.whole:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode(errors="replace")


class Asker:
    """Asks the components of one lab; `hosts` has the names of those that are not asked by their address."""

    def __init__(self, addresses: dict[str, str], token: str, hosts: dict[str, str]) -> None:
        self._addresses, self._hosts = addresses, hosts
        credential = base64.b64encode(f"lab:{token}".encode()).decode()
        self._credentials = {"prometheus": f"Basic {credential}", "workspace": f"token {token}"}
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False, headers=_PLAIN)

    def ask(
        self, component: str, path: str, *, method: str = "GET", query: dict[str, str] | None = None, body: Any = None
    ) -> Reply:
        """Send one request; raise Unreachable when the component is not in the lab or does not answer."""
        if component not in self._addresses:
            raise Unreachable(f"this lab has no running '{component}'")
        headers = {"Authorization": self._credentials[component]} if component in self._credentials else {}
        if component in self._hosts:
            headers["Host"] = self._hosts[component]
        url = self._addresses[component] + path
        try:
            with self._client.stream(method, url, params=query, json=body, headers=headers) as reply:
                return _within_cap(reply)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable(f"{component} did not answer ({type(error).__name__})") from error


def _within_cap(reply: httpx.Response) -> Reply:
    """Read at most the cap, for at most the time limit: a body that drips for ever is cut like one that is too long."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    body = bytearray()
    # Raw bytes: a compressed body may not unpack into gigabytes; ours are asked for uncompressed below the cap.
    for piece in reply.iter_raw(65_536):
        body += piece
        if len(body) > CAP_BYTES or time.monotonic() > deadline:
            return Reply(reply.status_code, bytes(body[:CAP_BYTES]), whole=False)
    return Reply(reply.status_code, bytes(body), whole=True)
