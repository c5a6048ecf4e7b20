"""Pods that knock and pods that answer: what a policy says, seen as packets."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream

from tests.cluster.equipment.clients import api_client
from tests.cluster.equipment.objects import Objects
from tests.cluster.probe_manifests import probe_pod, service
from tests.factories.waiting import until

SILENCE = "silence"


@dataclass(frozen=True)
class Target:
    """Somewhere to knock; `protocol` is tcp, udp or name."""

    protocol: str
    address: str
    port: int = 0
    seconds: float = 0.8


@dataclass
class Lab:
    """A namespace with probe pods, each with a Service of its name."""

    objects: Objects
    namespace: str
    #: Pod -> its IPv4 address, and its Service's.
    addresses: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)

    @property
    def core(self) -> Any:
        return self.objects.core

    def run(self, pod: str, *command: str) -> str:
        """What a command prints in the pod; its errors are printed as well."""
        # A client of its own: `stream` changes the one it is given while it runs.
        core = client.CoreV1Api(api_client(self.objects.kubeconfig))
        opened = stream(
            core.connect_get_namespaced_pod_exec, pod, self.namespace, command=list(command), container="main",
            stdin=False, stdout=True, stderr=True, tty=False, _preload_content=False,
        )  # fmt: skip
        opened.run_forever(timeout=60)
        return str(opened.read_all())

    def knock(self, pod: str, targets: Mapping[str, Target]) -> dict[str, str]:
        """What came back from each target, all tried at once."""
        asked = {name: vars(target) for name, target in targets.items()}
        read: dict[str, str] = json.loads(self.run(pod, "python3", "/probe/knock.py", json.dumps(asked)))
        return read

    def link_local(self, pod: str) -> str:
        """The pod's own fe80 address, with the interface that a neighbour asks through."""
        listed = self.run(pod, "cat", "/proc/net/if_inet6").splitlines()
        raw = next(line.split()[0] for line in listed if line.startswith("fe80"))
        return ":".join(raw[at : at + 4] for at in range(0, 32, 4)) + "%eth0"

    def apply(self, *wanted: dict[str, Any]) -> None:
        self.objects.apply(wanted)

    def set_policies(self, *policies: dict[str, Any]) -> None:
        """Exactly these hold in the namespace afterwards, by the API; packets follow in a moment."""
        network = self.objects.network
        network.delete_collection_namespaced_network_policy(self.namespace)
        for number, spec in enumerate(policies):
            meta = {"name": f"p{number}", "namespace": self.namespace}
            whole = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta}
            network.create_namespaced_network_policy(self.namespace, {**whole, "spec": {"podSelector": {}, **spec}})

    def wait_ready(self, pods: Iterable[str], *, seconds: float = 120) -> None:
        for name in pods:
            until(f"pod {name} in {self.namespace} to be ready", partial(self._ready, name), seconds=seconds, every=0.2)
            self.addresses[name] = self.core.read_namespaced_pod(name, self.namespace).status.pod_ip

    def _ready(self, name: str) -> bool:
        status = self.core.read_namespaced_pod(name, self.namespace).status
        return any(one.type == "Ready" and one.status == "True" for one in status.conditions or ())

    def remove(self) -> None:
        self.core.delete_namespace(self.namespace)


def make_lab(objects: Objects, namespace: str, pods: Iterable[str], labels: Mapping[str, str]) -> Lab:
    """Ready when it returns. One of the same name that is still going is waited for."""
    lab = Lab(objects, namespace)
    until(f"the old {namespace} to be gone", lambda: not _exists(lab), seconds=60, every=0.2)
    meta = {"name": namespace, "labels": {"academy.test/role": "probe", **labels}}
    lab.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    listed = list(pods)
    lab.apply(*(service(namespace, name) for name in listed))
    until("its service account", lambda: lab.core.list_namespaced_service_account(namespace).items, seconds=20)
    lab.apply(*(probe_pod(namespace, name) for name in listed))
    lab.wait_ready(listed)
    for name in listed:
        lab.services[name] = lab.core.read_namespaced_service(name, namespace).spec.cluster_ip
    return lab


def _exists(lab: Lab) -> bool:
    try:
        lab.core.read_namespace(lab.namespace)
    except ApiException as error:
        if error.status == 404:
            return False
        raise
    return True


def settled(
    lab: Lab, pod: str, targets: Mapping[str, Target], wanted: Mapping[str, bool], *, seconds: float = 40
) -> dict[str, str]:
    """Knocks until what is reached is what is wanted, or the time is over; returns what came back last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = lab.knock(pod, targets)
        if {name: answer != SILENCE for name, answer in seen.items()} == wanted or time.monotonic() > deadline:
            return seen
