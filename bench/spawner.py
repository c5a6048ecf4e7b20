"""A lab with only a workspace, against JupyterHub's KubeSpawner: the same image, command, volume size and fence.

Both make a namespace for the user (KubeSpawner's `enable_user_namespaces`), fence it, and are ready when JupyterLab
answers. A lab besides has a resolver, a route, secrets, an init container that lays out its volume, and is read back.
"""

import base64
import contextlib
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from bench import environments, hub
from bench.cluster_place import Ground, ground
from bench.measuring import heading, row, until_ready
from labs.components.loader import known_components
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.manifests.recipe import Recipe, recipe
from labs.providers.kubernetes.provider import KubernetesProvider
from tests.cluster.equipment.places import CHECKOUT

TIMES = 5
Start = Callable[[dict[str, Any]], dict[str, Any]]


def _recipe(place: Ground, number: int) -> Recipe:
    order = place.installation.order(number, limits={})
    return recipe(order, {"workspace": known_components()["workspace"]}, place.settings)


def _order(planned: Recipe, number: int) -> dict[str, Any]:
    """The lab's own objects in KubeSpawner's words."""
    made = planned.workloads({"resolver": "", "workspace": ""})
    spec = next(one for one in made if one["metadata"]["name"] == "workspace")["spec"]["template"]["spec"]
    container = spec["containers"][0]
    secret = next(one for one in planned.holdings if one["metadata"]["name"] == "env-workspace")
    asked = container["startupProbe"]["httpGet"]["httpHeaders"]
    return {
        "number": number,
        "namespace": planned.namespace["metadata"]["name"],
        "labels": planned.namespace["metadata"]["labels"],
        "fence": planned.fence,
        "storage": f"{planned.lab.limits.disk_mb}Mi",
        "image": container["image"],
        "pull_policy": container["imagePullPolicy"],
        "argv": container["args"],
        "environment": {
            name: base64.b64decode(value).decode()
            for name, value in secret["data"].items()
            if name != "LAB_PREPARE"  # for the init container, which they do not have
        },
        "memory": f"{planned.lab.limits.memory_mb}M",
        "cpus": planned.lab.limits.cpus,
        "pod_security": spec["securityContext"],
        "security": container["securityContext"],
        "pod": {"enableServiceLinks": False},
        "headers": {one["name"]: one["value"] for one in asked},
    }


@contextlib.contextmanager
def _their_side(place: Ground) -> Iterator[Start]:
    """KubeSpawner in its own environment, in the node's network."""
    python = environments.programs(hub.ENVIRONMENT) / "python"
    holder = place.machine.notes.holder
    assert holder is not None
    argv = ["nsenter", f"--target={holder.pid}", "--net", str(python), "bench/kube_spawner.py"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place.folder),
        "KUBECONFIG": str(place.machine.places.kubeconfig),
    }
    with (
        (place.folder / "spawner.log").open("w+") as log,
        subprocess.Popen(
            argv, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        orders, answers = process.stdin, process.stdout
        assert orders and answers

        def start(order: dict[str, Any]) -> dict[str, Any]:
            orders.write(json.dumps(order) + "\n")
            orders.flush()
            said: dict[str, Any] = json.loads(answers.readline() or '{"error": "it ended"}')
            if "error" in said:
                raise SystemExit(f"{said['error']}\n{(place.folder / 'spawner.log').read_text()[-3000:]}")
            return said

        yield start
        orders.close()


def _offers_users(place: Ground) -> bool:
    """Whether pods can have users of their own, as the node says of its container runtime."""
    node = place.installation.admin.ask("GET", "/api/v1/nodes").told["items"][0]
    return any((one.get("features") or {}).get("userNamespaces") for one in node["status"].get("runtimeHandlers") or [])


def main() -> None:
    with ground() as place, _their_side(place) as start:
        provider = KubernetesProvider(
            ApiCluster.of_kubeconfig(str(place.kubeconfig)), place.settings, installation=place.installation.name
        )
        ours: list[float] = []
        theirs: list[dict[str, Any]] = []
        numbers = itertools.count(1)
        for turn in range(-1, TIMES):  # the first is not counted: it brings programs into memory
            theirs_now = start(_order(_recipe(place, number := next(numbers)), number))
            place.empty()
            _, ours_now = until_ready(provider, _recipe(place, next(numbers)).lab)
            place.empty()
            if turn >= 0:
                ours.append(ours_now)
                theirs.append(theirs_now)
        offered = "offers" if _offers_users(place) else "does not offer"
        print(f"This node {offered} pods with users of their own (`hostUsers: false`); neither side asks for them.\n")
    _table(ours, [one["ready"] for one in theirs])


def _table(ours: list[float], theirs: list[float]) -> None:
    heading(f"workspace only, ready, median of {TIMES}", "seconds", "slowest", "ratio")
    for name, seconds in (("KubeSpawner, a namespace per user", theirs), ("a lab with only a workspace", ours)):
        ratio = median(seconds) / median(theirs)
        row(name, f"{median(seconds):.1f}", f"{max(seconds):.1f}", f"{ratio:.2f}")
