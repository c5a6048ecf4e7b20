"""Kubeconfig files, with their certificates in them so that one file is all a client needs."""

import base64
from pathlib import Path

import yaml

from tests.cluster.equipment.places import Places

#: File of the certificate -> who reads the kubeconfig of that name.
CLIENTS = ("controller-manager", "scheduler", "kubelet", "proxy", "policies", "volumes")


def kubeconfig(places: Places, certificate: str, *, server: str | None = None) -> str:
    """For one identity; `server` puts something before the API server (the recording proxy of the fault tests)."""

    def inline(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    cluster = {
        "server": server or places.addresses.api,
        "certificate-authority-data": inline(places.certificate("ca")),
    }
    user = {
        "client-certificate-data": inline(places.certificate(certificate)),
        "client-key-data": inline(places.key(certificate)),
    }
    return yaml.safe_dump({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "academy-test",
        "clusters": [{"name": "academy-test", "cluster": cluster}],
        "users": [{"name": certificate, "user": user}],
        "contexts": [{"name": "academy-test", "context": {"cluster": "academy-test", "user": certificate}}],
    })  # fmt: skip


def write_kubeconfigs(places: Places) -> None:
    """The components' own and the administrator's, readable by root only."""
    wanted = {places.client(name): name for name in CLIENTS} | {places.kubeconfig: "admin"}
    for path, certificate in wanted.items():
        path.touch(mode=0o600)
        path.write_text(kubeconfig(places, certificate))
