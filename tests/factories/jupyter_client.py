"""A browser's part of JupyterLab, without the browser: pages, a kernel and a terminal by their WebSockets."""

from __future__ import annotations

import json
import ssl
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import websocket

SECONDS = 60


@dataclass(frozen=True)
class Visitor:
    """Comes to `address`:`port` and asks for `host`, as a browser does that resolves the name to there."""

    address: str
    port: int
    host: str
    token: str | None
    tls: ssl.SSLContext | None = None
    """Whom to believe who this host is; without it the way has no TLS."""
    server_name: str | None = None
    """The host that TLS asks for, where that is another one."""

    @property
    def _netloc(self) -> str:
        return f"{self.host}:{self.port}"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._ask("GET", path, headers=headers)

    def run_in_kernel(self, code: str) -> str:
        """What the code prints in a new kernel."""
        kernel = self._ask("POST", "/api/kernels", json={"name": "python3"}).json()["id"]
        connection = self._socket(f"/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}")
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": "",
            "version": "5.3",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        connection.send(json.dumps(message))
        printed = ""
        for told in _messages(connection):
            if told["msg_type"] == "stream":
                printed += told["content"]["text"]
            # The kernel's answer comes by another way than what it prints, and may overtake it; this comes last.
            ours = told["parent_header"].get("msg_id") == header["msg_id"]
            if ours and told["content"].get("execution_state") == "idle":
                break
        connection.close()
        self._ask("DELETE", f"/api/kernels/{kernel}")
        return printed

    def type_in_terminal(self, line: str, *, until: str) -> str:
        """What a new terminal shows, until that is in it."""
        name = self._ask("POST", "/api/terminals").json()["name"]
        connection = self._socket(f"/terminals/websocket/{name}")
        connection.send(json.dumps(["stdin", f"{line}\r"]))
        shown = ""
        for kind, text in _messages(connection):
            shown += text if kind == "stdout" else ""
            if until in shown:
                break
        connection.close()
        self._ask("DELETE", f"/api/terminals/{name}")
        return shown

    def takes_websockets(self) -> bool:
        """Whether one opens; the workspace tells of its events there."""
        try:
            self._socket("/api/events/subscribe").close()
        except websocket.WebSocketBadStatusException:
            return False
        return True

    def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        headers = {"host": self._netloc, **how.pop("headers", {})}
        if self.token:
            headers["authorization"] = f"token {self.token}"
        url = f"http{'s' if self.tls else ''}://{self.address}:{self.port}{path}"
        with httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=True, verify=self.tls or False) as client:
            return client.request(
                method, url, headers=headers, extensions={"sni_hostname": self.server_name or self.host}, **how
            )

    def _socket(self, path: str) -> websocket.WebSocket:
        return websocket.create_connection(
            f"ws{'s' if self.tls else ''}://{self.address}:{self.port}{path}",
            host=self._netloc, origin=f"http{'s' if self.tls else ''}://{self._netloc}",
            header=[f"Authorization: token {self.token}"], timeout=SECONDS, http_no_proxy=["*"],
            sslopt={"context": self.tls, "server_hostname": self.server_name or self.host} if self.tls else None,
        )  # fmt: skip


def _messages(connection: websocket.WebSocket) -> Any:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        yield json.loads(connection.recv())
    raise TimeoutError("what was waited for did not come")
