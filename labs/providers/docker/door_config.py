"""What the door's Envoy is told. Pure: the same labs give the same files.

Learners come by host name and reach their workspace alone. The platform's judge comes by another listener, on the
machine's loopback, by a path that only this lab's token can name, and reaches each component under the name that the
component knows itself by.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labs.providers.docker import way_out
from labs.providers.docker.way_out import TYPE, Json
from labs.spec import LabSpec

LEARNERS_PORT, JUDGES_PORT = 8080, 8081
FOLDER = "/lab/run"
DOORS, JUDGES, CLUSTERS, LISTENERS = "doors.json", "judges.json", "clusters.json", "listeners.json"


@dataclass(frozen=True, order=True)
class Entry:
    """One component behind the door. `host` is empty where no browser comes in."""

    lab: str
    component: str
    address: str
    port: int
    key: str
    host: str = ""

    @property
    def cluster(self) -> str:
        """Its name in Envoy."""
        return f"{self.lab}.{self.component}"


def key_of(lab: LabSpec) -> str:
    """What a path of the judge begins with: nobody names it who does not know the token."""
    return hashlib.sha256(b"judge of " + lab.token.get_secret_value().encode()).hexdigest()[:40]


def judge_path(lab: LabSpec, component: str) -> str:
    """Where the judge finds a component beneath its listener."""
    return f"/{key_of(lab)}/{component}"


def bootstrap(own_address: str) -> Json:
    """What Envoy starts with. It listens on its own network only: from a lab's network no port of it is open."""
    return {
        "node": {"id": "door", "cluster": "door"},
        "dynamic_resources": {"cds_config": _file(CLUSTERS), "lds_config": _file(LISTENERS)},
        "static_resources": {
            "listeners": [
                _listener("doors", own_address, LEARNERS_PORT, DOORS),
                _listener("judges", own_address, JUDGES_PORT, JUDGES),
            ]
        },
    }


def files(
    entries: Iterable[Entry], *, openings: Iterable[way_out.Opening] = (), closed: Iterable[str] = ()
) -> dict[str, Json]:
    """Give the files that Envoy watches, in the order in which they are to be replaced.

    `closed` are networks that no lab may reach, whatever it declares, besides those that are not the internet.
    """
    every, ways = sorted(entries), sorted(openings)
    out = [way_out.cluster()] if ways else []
    return {
        CLUSTERS: _resources([*(_cluster(one) for one in every), *out]),
        DOORS: _resources([_routes("doors", [_door(one) for one in every if one.host])]),
        JUDGES: _resources([_routes("judges", [_judges(every)] if every else [])]),
        LISTENERS: _resources([way_out.listener(one, closed) for one in ways]),
    }


def packed(contents: Mapping[str, Json]) -> str:
    """All files as one variable of a command: the kernel takes 128 KB of each, and these compress to a tenth."""
    return base64.b64encode(zlib.compress(json.dumps(dict(contents)).encode(), 9)).decode()


UNPACK = f"""
import base64, json, os, zlib
from pathlib import Path
for name, content in json.loads(zlib.decompress(base64.b64decode(os.environ["DOOR_FILES"]))).items():
    half = Path("{FOLDER}") / f".{{name}}.{{os.getpid()}}.half"
    half.write_text(json.dumps(content))
    half.rename(Path("{FOLDER}") / name)
"""


def _file(name: str) -> Json:
    return {"resource_api_version": "V3", "path_config_source": {"path": f"{FOLDER}/{name}"}}


def _resources(resources: list[Json]) -> Json:
    return {"resources": resources}


def _listener(name: str, address: str, port: int, routes: str) -> Json:
    manager = {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "codec_type": "AUTO",
        "use_remote_address": True,
        "normalize_path": True,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "common_http_protocol_options": {"idle_timeout": "3600s"},
        "stream_idle_timeout": "3600s",
        "request_headers_timeout": "10s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "rds": {"route_config_name": name, "config_source": _file(routes)},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{TYPE}.extensions.filters.http.router.v3.Router"},
            }
        ],
    }
    return {
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "per_connection_buffer_limit_bytes": 1_048_576,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }


def _cluster(one: Entry) -> Json:
    endpoint = {"address": {"socket_address": {"address": one.address, "port_value": one.port}}}
    return {
        "@type": f"{TYPE}.config.cluster.v3.Cluster",
        "name": one.cluster,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": one.cluster, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
    }


def _routes(name: str, hosts: list[Json]) -> Json:
    return {
        "@type": f"{TYPE}.config.route.v3.RouteConfiguration",
        "name": name,
        "validate_clusters": False,
        # Browsers name the port that they see, which may be that of a proxy before the door.
        "ignore_port_in_host_matching": True,
        "virtual_hosts": hosts,
    }


def _door(one: Entry) -> Json:
    """The browser's own Host header goes on: the workspace checks it, and compares it with the page's origin."""
    route = {"match": {"prefix": "/"}, "route": {"cluster": one.cluster, "timeout": "0s"}}
    return {"name": one.cluster, "domains": [one.host], "routes": [route]}


def _judges(every: list[Entry]) -> Json:
    routes = [
        {
            "match": {"prefix": f"/{one.key}/{one.component}/"},
            "route": {
                "cluster": one.cluster,
                "prefix_rewrite": "/",
                "host_rewrite_literal": f"{one.component}:{one.port}",
                "timeout": "60s",
            },
        }
        for one in every
    ]
    return {"name": "judges", "domains": ["*"], "routes": routes}
