"""The way out of labs whose file declares egress: a proxy of the door's Envoy, in that lab's network. Pure.

It looks at the address to which a name led, not at the name, and passes nothing on to what is not the internet. It
resolves names to IPv4 only; `closed` are addresses of the machine itself and of its site.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labs.providers.containers.internet import CLOSED_4

TYPE = "type.googleapis.com/envoy"
Json = dict[str, Any]
OUT = "out"


@dataclass(frozen=True, order=True)
class Opening:
    """The way out of one lab whose file declares egress: a proxy on the door's address in that lab's network."""

    lab: str
    address: str
    port: int


_CACHE = {"name": OUT, "dns_lookup_family": "V4_ONLY", "max_hosts": 1024}


def cluster() -> Json:
    """The internet, by names that are resolved when they are asked for."""
    return {
        "@type": f"{TYPE}.config.cluster.v3.Cluster",
        "name": OUT,
        "connect_timeout": "10s",
        "lb_policy": "CLUSTER_PROVIDED",
        "cluster_type": {
            "name": "envoy.clusters.dynamic_forward_proxy",
            "typed_config": {
                "@type": f"{TYPE}.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
                "dns_cache_config": _CACHE,
            },
        },
    }


def listener(one: Opening, closed: Iterable[str]) -> Json:
    """A proxy for HTTP and CONNECT that looks at the address to which a name led, not at the name."""
    manager = {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": OUT,
        "stream_idle_timeout": "300s",
        "request_headers_timeout": "10s",
        "upgrade_configs": [{"upgrade_type": "CONNECT"}],
        "route_config": _everything(),
        "http_filters": _filters(closed),
    }
    return {
        "@type": f"{TYPE}.config.listener.v3.Listener",
        "name": f"{OUT}.{one.lab}",
        "address": {"socket_address": {"address": one.address, "port_value": one.port}},
        # The listener may be told of before the door is attached to that network.
        "freebind": True,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }


def _everything() -> Json:
    """All that is asked for goes the same way; CONNECT is for whatever speaks TLS."""
    connect = {
        "match": {"connect_matcher": {}},
        "route": {
            "cluster": OUT,
            "timeout": "0s",
            "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
        },
    }
    plain = {"match": {"prefix": "/"}, "route": {"cluster": OUT, "timeout": "300s"}}
    return {
        "name": OUT,
        # The cluster may still be warming, and a listener that was refused is not tried again.
        "validate_clusters": False,
        "virtual_hosts": [{"name": OUT, "domains": ["*"], "routes": [connect, plain]}],
    }


def _filters(closed: Iterable[str]) -> list[Json]:
    """First the name is resolved, then its address judged, and only then is anything sent there."""
    filters = f"{TYPE}.extensions.filters.http"
    return [
        {
            "name": "envoy.filters.http.dynamic_forward_proxy",
            "typed_config": {
                "@type": f"{filters}.dynamic_forward_proxy.v3.FilterConfig",
                "dns_cache_config": _CACHE,
                "save_upstream_address": True,
            },
        },
        {
            "name": "envoy.filters.http.rbac",
            "typed_config": {"@type": f"{filters}.rbac.v3.RBAC", "rules": _denied((*CLOSED_4, *closed))},
        },
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": f"{filters}.router.v3.Router"},
        },
    ]


def _denied(closed: Iterable[str]) -> Json:
    permissions = []
    for network in closed:
        address, _, length = network.partition("/")
        permissions.append(
            {
                "matcher": {
                    "name": "envoy.rbac.matchers.upstream_ip_port",
                    "typed_config": {
                        "@type": f"{TYPE}.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher",
                        "upstream_ip": {"address_prefix": address, "prefix_len": int(length or 32)},
                    },
                }
            }
        )
    return {"action": "DENY", "policies": {"closed": {"permissions": permissions, "principals": [{"any": True}]}}}
