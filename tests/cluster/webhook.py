"""A validating webhook of somebody else: an HTTPS server on this machine, asked about Secrets of labs."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.cluster.equipment.certificates import Identity, make_authority, sign
from tests.cluster.equipment.places import Places
from tests.cluster.installation import Installation
from tests.cluster.people import APPLY, Person

KIND = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


class Webhook:
    """`denies` is what it says no with; None lets everything pass."""

    def __init__(self, admin: Person, places: Places, installation: Installation) -> None:
        self.admin = admin
        self.address = places.addresses.host
        self.label = installation.label
        self.name = f"{installation.name}-webhook"
        self.denies: str | None = None
        self._gone = False

    @contextmanager
    def open(self) -> Iterator[Webhook]:
        key, authority = make_authority("academy-webhook")
        with tempfile.TemporaryDirectory() as folder:
            server = self._server(sign(Identity("webhook", "webhook", hosts=(self.address,)), key, authority), folder)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            bundle = base64.b64encode(authority.public_bytes(serialization.Encoding.PEM)).decode()
            body = self._configuration(server.server_address[1], bundle)
            assert self.admin.ask("PATCH", f"{KIND}/{self.name}", body, kind=APPLY).ok
            try:
                yield self
            finally:
                self.admin.ask("DELETE", f"{KIND}/{self.name}")
                server.shutdown()
                server.server_close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """It closes the door on everyone who asks."""
        self._gone = True
        yield
        self._gone = False

    def answer(self, review: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = {"uid": review["request"]["uid"], "allowed": self.denies is None}
        if self.denies is not None:
            response["status"] = {"message": self.denies}
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}

    def _server(self, pair: tuple[Any, Any], folder: str) -> ThreadingHTTPServer:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                review = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if webhook._gone:
                    self.close_connection = True
                    return
                data = json.dumps(webhook.answer(review)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *arguments: object) -> None:
                """Nobody reads it."""

        key, certificate = pair
        path = Path(folder) / "pair.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server = ThreadingHTTPServer((self.address, 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        return server

    def _configuration(self, port: int, bundle: str) -> dict[str, Any]:
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["CREATE", "UPDATE"]}
        hook = {
            "name": "secrets.example.org", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 3, "failurePolicy": "Fail", "rules": [rule],
            "namespaceSelector": {"matchLabels": {"mlops-academy/installation": self.label}},
            "clientConfig": {"url": f"https://{self.address}:{port}/", "caBundle": bundle},
        }  # fmt: skip
        return {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": self.name}, "webhooks": [hook],
        }  # fmt: skip
