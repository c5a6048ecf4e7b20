"""A lab's own resolver: it knows the lab's own Services and, without egress, nobody to ask about anything else.

The cluster's resolver would answer for every namespace, and a question to it leaves the lab. This one has a static
list: only we make Services here, and their addresses stay as long as they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.providers.kubernetes.manifests import limits, names, pods
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.network import RESOLVER, RESOLVER_PORT
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

_READY_PORT = 8181


def resolver(lab: LabSpec, settings: ClusterSettings, addresses: Mapping[str, str]) -> list[Manifest]:
    """Its file and its Deployment; `addresses` are the cluster addresses of the lab's Services by name."""
    text = _corefile(lab, settings, addresses)
    config = names.named(lab, "v1", "ConfigMap", RESOLVER, {"data": {"Corefile": text}}, component=RESOLVER)
    return [config, pods.deployment(lab, RESOLVER, _pod(settings), marks={"content": names.digest(text)})]


def _corefile(lab: LabSpec, settings: ClusterSettings, addresses: Mapping[str, str]) -> str:
    namespace = names.namespace_name(lab)
    known = [
        f"    {address} {name} {name}.{namespace} {name}.{namespace}.svc {name}.{namespace}.svc.cluster.local"
        for name, address in sorted(addresses.items())
    ]
    asks = [f"  forward . {' '.join(settings.upstream_resolvers)}"] if lab.egress else []
    return "\n".join([
        f".:{RESOLVER_PORT} {{",
        "  errors",
        f"  ready :{_READY_PORT}",
        "  hosts {",
        *known,
        "    ttl 5",
        *(["    fallthrough"] if lab.egress else []),
        "  }",
        *asks,
        "}",
        "",
    ])  # fmt: skip


def _pod(settings: ClusterSettings) -> dict[str, Any]:
    container = {
        "name": RESOLVER,
        "image": settings.resolver_image,
        "imagePullPolicy": settings.pull_policy,
        "command": ["/coredns", "-conf", "/etc/coredns/Corefile"],
        "ports": [{"containerPort": RESOLVER_PORT, "protocol": one} for one in ("TCP", "UDP")],
        "readinessProbe": pods.probe("/ready", _READY_PORT, {}),
        # The upstream image's program asks for this capability, the only one that `restricted` allows.
        "securityContext": pods.confined(add=("NET_BIND_SERVICE",)),
        "resources": pods.resources(limits.RESOLVER_MEMORY_MB, limits.RESOLVER_CPUS),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    volumes = [{"name": "config", "configMap": {"name": RESOLVER}}]
    # It resolves for others and asks nobody by way of the cluster's resolver.
    return pods.pod(settings, [container], volumes, dns={"nameservers": ["127.0.0.1"]})
