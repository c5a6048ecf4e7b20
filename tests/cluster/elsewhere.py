"""A database and a broker that are not the release's own, Secrets that its chart did not make, and a certificate.

The servers are in a namespace of theirs, with passwords of theirs: the platform's images, whose pods the chart's own
template describes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from kubernetes import client

from labs.providers.kubernetes.manifests.names import installation_label
from tests.cluster.equipment.objects import Objects, documents
from tests.cluster.equipment.places import TLS_PORT, Places
from tests.cluster.equipment.platform import CHART, HOST, RELEASE, helm, restricted, upgrade, values_file
from tests.cluster.installation import unique
from tests.cluster.people import Person
from tests.cluster.tls import Authority, listener

SERVERS = ("postgresql", "valkey")
#: Not the keys that the chart has in mind, where it can be told of others.
KEYS = {"cookies": "signing", "database": "url", "broker": "address"}


class Elsewhere:
    """Servers that are begun when it is made; a release that is told of them waits for them by itself."""

    def __init__(self, places: Places, objects: Objects) -> None:
        self.places, self.objects = places, objects
        self.namespace = unique("elsewhere")
        self.passwords = {part: secrets.token_urlsafe(24) for part in SERVERS}
        self.signing = secrets.token_urlsafe(48)
        self.authority = Authority(self.namespace)
        self.certificate = self.authority.secret("site-tls", HOST)
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": RELEASE}}
        given = [_secret(part, {"password": password}) for part, password in self.passwords.items()]
        objects.apply([restricted(self.namespace)])
        objects.apply(_within(self.namespace, [account, *given, *self._servers()]))

    def _servers(self) -> list[dict[str, Any]]:
        named = ",".join(f"{part}.existingSecret={part}" for part in SERVERS)
        how: list[str | Path] = ["--namespace", self.namespace, "--values", values_file(self.places), "--set", named]
        return documents(helm(self.places, "template", RELEASE, CHART, *how, "--show-only", "templates/backing.yaml"))

    def take_over(self, namespace: str, folder: Path) -> None:
        """The release goes on with nothing secret of its own, and without servers; returns when it is ready."""
        database, broker = (f"{self.passwords[one]}@{RELEASE}-{one}.{self.namespace}.svc" for one in SERVERS)
        said = {
            "cookies": self.signing,
            "database": f"postgresql://academy:{database}:5432/academy",
            "broker": f"redis://:{broker}:6379/0",
        }
        given = [_secret(f"site-{what}", {KEYS[what]: said[what]}) for what in said]
        self.objects.apply(_within(namespace, [*given, self.certificate]))
        more = folder / "elsewhere.yaml"
        more.write_text(yaml.safe_dump(self._values()))
        upgrade(self.places, values_file(self.places), more, namespace=namespace)

    def migrations(self, namespace: str) -> list[int]:
        """Of each Job of the release how often it came to its end."""
        jobs = client.BatchV1Api(self.objects.api).list_namespaced_job(namespace).items
        return [(one.status and one.status.succeeded) or 0 for one in jobs]

    def labs(self, namespace: str) -> set[str]:
        """The namespaces that the release's worker made."""
        label = installation_label(f"{namespace}.{RELEASE}")
        ours = f"mlops-academy/lab,mlops-academy/installation={label}"
        return {one.metadata.uid for one in self.objects.core.list_namespace(label_selector=ours).items}

    def ending(self, namespace: str) -> list[str]:
        """Pods that were asked to end and are there."""
        found = self.objects.core.list_namespaced_pod(namespace).items
        return [one.metadata.name for one in found if one.metadata.deletion_timestamp]

    def signed(self, cookie: str) -> dict[str, Any]:
        """What a cookie of the platform says that our secret signed; BadSignature for others."""
        reader = Flask("reader")
        reader.secret_key = self.signing
        serializer = SecureCookieSessionInterface().get_signing_serializer(reader)
        assert serializer is not None
        return dict(serializer.loads(cookie))

    def _values(self) -> dict[str, object]:
        """What differs from a trial."""
        there = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}}}]
        return {
            "secret": {"existingSecret": "site-cookies", "key": KEYS["cookies"]},
            "database": {"existingSecret": "site-database"},
            "broker": {"existingSecret": "site-broker", "key": KEYS["broker"]},
            "postgresql": {"enabled": False},
            "valkey": {"enabled": False},
            # Its pods are described by the same lines as the worker's.
            "examiner": {"replicas": 0},
            "uploads": {"existingClaim": f"{RELEASE}-uploads"},
            "networkPolicies": {"database": {"to": there, "port": 5432}, "broker": {"to": there, "port": 6379}},
            "publicUrl": f"https://{HOST}:{TLS_PORT}",
            "labs": {"port": TLS_PORT},
            "route": {"kind": "ingress", "ingressClass": "contour", "tlsSecret": "site-tls"},
        }


@contextmanager
def servers(places: Places, objects: Objects) -> Iterator[Elsewhere]:
    """Nobody waits for their end."""
    made = Elsewhere(places, objects)
    try:
        # The cluster's own Contour takes an Ingress' certificate only where its Gateway has TLS, too.
        with listener(Person(objects.kubeconfig), HOST, made.certificate):
            yield made
    finally:
        objects.core.delete_namespace(made.namespace)


def _secret(name: str, values: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}


def _within(namespace: str, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "metadata": {**one["metadata"], "namespace": namespace}} for one in wanted]
