"""The door for one person without an ingress: a port of this machine's loopback that leads into their labs.

It holds the person's own right to the cluster, so it listens on loopback only. Browsers ask for a lab by its host name,
and its workspace then asks for the lab's credential; checks ask for a component. A connection goes through as it is,
with its WebSockets.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import websocket

from labs.components.loader import known_components
from labs.errors import LabError, LabNotRunning
from labs.providers.kubernetes import asked_way, finding
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.cluster import NAMESPACE, POD
from labs.providers.kubernetes.finding import Inventory
from labs.providers.kubernetes.manifests import names
from labs.providers.machine import LOOPBACK

_HEAD_BYTES = 32_768
_HEAD_SECONDS = 20.0
_PIECE = 65_536
_DATA, _ERROR = 0, 1


@dataclass(frozen=True)
class Forwarder:
    """Leads `<lab>.<domain>` to the workspace of that lab of this installation, and checks to its components."""

    cluster: ApiCluster
    installation: str
    domain: str

    @contextlib.contextmanager
    def listen(self, port: int) -> Iterator[socket.socket]:
        """Take the port, on loopback."""
        with socket.create_server((LOOPBACK, port), backlog=64) as server:
            yield server

    def serve(self, server: socket.socket) -> None:
        """Serve until the socket is closed; a thread for each connection."""
        while True:
            try:
                browser, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        with browser:
            try:
                browser.settimeout(_HEAD_SECONDS)
                wanted = asked_way.asked(_head(browser), self.domain)
                way = self._open(wanted)
            except LabError as error:
                _answer(browser, "503 Service Unavailable", str(error))
            except (OSError, ValueError) as error:
                _answer(browser, "400 Bad Request", str(error))
            else:
                browser.settimeout(None)
                _join(browser, way, wanted.head)

    def _open(self, wanted: asked_way.Way) -> websocket.WebSocket:
        """Open the way to the lab that the request asks for."""
        namespace = self._namespace(wanted.lab)
        pods = Inventory(pods=tuple(self.cluster.list(POD, namespace)))
        for component in known_components().values():
            own = (component.name, component.port)
            is_meant = own == wanted.component if wanted.component else component.door
            if is_meant and (pod := pods.pod(component.name)):
                return self.cluster.forward(namespace, pod["metadata"]["name"], component.port)
        raise LabNotRunning(f"{wanted.component[0] if wanted.component else wanted.lab} is not running")

    def _namespace(self, name: str) -> str:
        selector = f"{names.INSTALLATION}={names.installation_label(self.installation)},{names.LAB}={name}"
        found = [one for one in self.cluster.list(NAMESPACE, selector=selector) if finding.is_ours(one)]
        standing = [one for one in found if not finding.is_ending(one)]
        if not standing:
            raise LabNotRunning(f"there is no lab {name}")
        return str(max(standing, key=finding.generation)["metadata"]["name"])


def _head(browser: socket.socket) -> bytes:
    """Read to the end of the first request's headers; what came with them belongs to it."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = browser.recv(_PIECE)
        if not piece or len(head) > _HEAD_BYTES:
            raise ValueError("this is no HTTP request")
        head += piece
    return head


def _join(browser: socket.socket, way: websocket.WebSocket, head: bytes) -> None:
    """Pass on what comes from either side until one closes."""
    way.settimeout(None)
    back = threading.Thread(target=_from_lab, args=(way, browser), daemon=True)
    back.start()
    with contextlib.suppress(OSError, websocket.WebSocketException):
        piece = head
        while piece:
            way.send_binary(bytes([_DATA]) + piece)
            piece = browser.recv(_PIECE)
    _close(way)
    back.join()


def _from_lab(way: websocket.WebSocket, browser: socket.socket) -> None:
    greeted: set[int] = set()
    with contextlib.suppress(OSError, websocket.WebSocketException):
        for channel, piece in _frames(way):
            # Each channel begins with the number of the port.
            if channel not in greeted:
                greeted.add(channel)
            elif channel == _ERROR:
                break
            elif channel == _DATA:
                browser.sendall(piece)
    # The browser's side is still being read, in another thread.
    with contextlib.suppress(OSError):
        browser.shutdown(socket.SHUT_RDWR)


def _frames(way: websocket.WebSocket) -> Iterator[tuple[int, bytes]]:
    while True:
        kind, frame = _received(way)
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return
        if kind in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) and frame.data:
            yield frame.data[0], bytes(frame.data[1:])


def _received(way: Any) -> tuple[int, Any]:
    kind, frame = way.recv_data_frame(True)
    return kind, frame


def _close(way: websocket.WebSocket) -> None:
    """At once: whoever waits in `recv` is woken by the closed socket."""
    with contextlib.suppress(OSError, websocket.WebSocketException):
        way.shutdown()  # type: ignore[no-untyped-call]  # theirs


def _answer(browser: socket.socket, status: str, text: str) -> None:
    body = f"{text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    with contextlib.suppress(OSError):
        browser.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
