"""Certificates of a test's own authority, put where gateways and Ingresses look for them."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.cluster.equipment.certificates import Identity, make_authority, sign
from tests.cluster.people import APPLY, Person

NAMESPACE = "projectcontour"
GATEWAY = f"/apis/gateway.networking.k8s.io/v1/namespaces/{NAMESPACE}/gateways/academy"
SECRETS = "/api/v1/namespaces/{namespace}/secrets"


class Authority:
    """Known to nobody but who asks with its `context`."""

    def __init__(self, name: str) -> None:
        self.key, self.certificate = make_authority(name)
        text = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.context = ssl.create_default_context(cadata=text)

    def secret(self, name: str, *hosts: str) -> dict[str, Any]:
        """A certificate for these hosts with its key, as a Secret."""
        key, certificate = sign(Identity(name, name, hosts=hosts), self.key, self.certificate)
        private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files = {
            "tls.crt": certificate.public_bytes(serialization.Encoding.PEM),
            "tls.key": key.private_bytes(serialization.Encoding.PEM, *private),
        }
        return {
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": name},
            "data": {file: base64.b64encode(content).decode() for file, content in files.items()},
        }  # fmt: skip


@contextmanager
def listener(admin: Person, host: str, secret: Mapping[str, Any]) -> Iterator[None]:
    """The cluster's own Gateway has a listener of the Secret's name for this host, with that certificate."""
    name = secret["metadata"]["name"]
    one = {
        "name": name, "protocol": "HTTPS", "port": 443, "hostname": host,
        "tls": {"certificateRefs": [{"name": name}]}, "allowedRoutes": {"namespaces": {"from": "All"}},
    }  # fmt: skip

    def told(*listeners: dict[str, Any]) -> None:
        """Other listeners are others' fields, and stay."""
        spec = {"gatewayClassName": "academy", "listeners": list(listeners)}
        body = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                "metadata": {"name": "academy", "namespace": NAMESPACE}, "spec": spec}  # fmt: skip
        reply = admin.ask("PATCH", GATEWAY, body, kind=APPLY, manager=name)
        assert reply.ok, reply

    where = f"{SECRETS.format(namespace=NAMESPACE)}/{name}"
    assert admin.ask("PATCH", where, secret, kind=APPLY).ok
    told(one)
    try:
        yield
    finally:
        told()
        admin.ask("DELETE", where)
