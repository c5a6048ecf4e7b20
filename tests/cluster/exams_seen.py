"""What tests of exams on the cluster look at: their namespaces and pods, and a caller of its own that can be killed."""

import contextlib

import yaml

from labs.exams.hosts.cluster import ClusterExamHost
from labs.exams.hosts.cluster_manifests import EXAM, PART
from labs.providers.kubernetes.cluster import NAMESPACE, POD
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.trouble import NotAllowed
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.world import CANARIES
from tests.cluster.installation import Installation

CALLER = """
import sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from labs.exams.hosts.cluster import ClusterExamHost
from labs.projects import load_project
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.settings import ClusterSettings
from schema import Problems
from tests.integration.exams.exam_bench import make_settings, run
root = Path({root!r})
settings = ClusterSettings.model_validate_json((root / "settings.json").read_bytes())
host = ClusterExamHost(ApiCluster.of_kubeconfig(str(root / "kubeconfig")), settings, {installation!r})
project = load_project("small", Problems(), root=root / "projects")
run(project, root / "work", make_settings(root / "state", host=host))
"""


def standing(host: ClusterExamHost, part: str) -> list[Manifest]:
    """The namespaces of exams that are not being deleted; another installation's are never listed by this worker."""
    every = host.cluster.list(NAMESPACE, selector=f"{EXAM},{PART}={part}")
    return [one for one in every if host._is_ours(one) and "deletionTimestamp" not in one["metadata"]]


def pods(host: ClusterExamHost, part: str) -> list[Manifest]:
    with contextlib.suppress(NotAllowed):  # the caller has made the namespace and not given itself its rights yet
        return [pod for one in standing(host, part) for pod in host.cluster.list(POD, one["metadata"]["name"])]
    return []


def forbidden_places(host: ClusterExamHost, machine: Machine) -> list[str]:
    """Who answers on this network, and must not answer a submission."""
    addresses = machine.places.addresses
    api = [f"{addresses.api_service}:443", f"{addresses.node}:6443", f"{addresses.node}:10250"]
    return [*(f"{one.address}:{port}" for one in CANARIES for port in (53, 80)), *api]


def phases(host: ClusterExamHost, part: str) -> list[str]:
    return [str(one["status"].get("phase")) for one in pods(host, part)]


def workers_kubeconfig(installation: Installation) -> str:
    found = yaml.safe_load(installation.admin.kubeconfig.read_text())
    found["users"] = [{"name": one["name"], "user": {"token": installation.worker.token}} for one in found["users"]]
    return yaml.safe_dump(found)
