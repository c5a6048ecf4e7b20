"""What tests of exams on the cluster look at: their namespaces and pods."""

import contextlib

from labs.exams.hosts.cluster import ClusterExamHost
from labs.exams.hosts.cluster_manifests import EXAM, PART
from labs.providers.kubernetes.cluster import NAMESPACE, POD
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.trouble import NotAllowed
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.world import CANARIES


def standing(host: ClusterExamHost, part: str) -> list[Manifest]:
    """The namespaces of exams that are not being deleted; another installation's are never listed by this worker."""
    every = host.cluster.list(NAMESPACE, selector=f"{EXAM},{PART}={part}")
    return [one for one in every if host._is_ours(one) and "deletionTimestamp" not in one["metadata"]]


def pods(host: ClusterExamHost, part: str) -> list[Manifest]:
    with contextlib.suppress(NotAllowed):  # the caller has made the namespace and not given itself its rights yet
        return [pod for one in standing(host, part) for pod in host.cluster.list(POD, one["metadata"]["name"])]
    return []


def forbidden_places(machine: Machine) -> list[str]:
    """Who answers on this network, and must not answer a submission."""
    addresses = machine.places.addresses
    api = [f"{addresses.api_service}:443", f"{addresses.node}:6443", f"{addresses.node}:10250"]
    return [*(f"{one.address}:{port}" for one in CANARIES for port in (53, 80)), *api]


def phases(host: ClusterExamHost, part: str) -> list[str]:
    return [str(one["status"].get("phase")) for one in pods(host, part)]
