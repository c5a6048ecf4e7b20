"""What `make cluster` brings is a real Kubernetes: each promise of the equipment, asked of the running cluster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward

from tests.cluster.equipment.clients import api_client
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import KUBERNETES, NODE_NAME, Places
from tests.cluster.equipment.up import up
from tests.cluster.probe_manifests import TCP, UDP, probe_pod
from tests.cluster.probes import Lab, Target
from tests.factories.waiting import until

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
EAT_MEMORY = "import sys; held = [b'x' * (1 << 20) for _ in range(400)]; sys.exit(7)"


@pytest.fixture(scope="module")
def lab(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab("own", "client", "server", **RESTRICTED)


def test_the_node_is_ready_and_tells_its_version(objects: Objects) -> None:
    node = objects.core.read_node(NODE_NAME)
    assert node.status.node_info.kubelet_version == f"v{KUBERNETES}"
    assert [one.status for one in node.status.conditions if one.type == "Ready"] == ["True"]


def test_a_second_start_changes_nothing(places: Places, kubeconfig: Path) -> None:
    before, said = read_notes(places.notes), list[str]()
    up(places, said.append)
    assert said == ["the cluster is up already"]
    assert read_notes(places.notes) == before


def test_pod_security_refuses_a_privileged_pod_and_says_why(lab: Lab) -> None:
    pod = probe_pod(lab.namespace, "privileged")
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    with pytest.raises(ApiException) as refused:
        lab.core.create_namespaced_pod(lab.namespace, pod)
    assert refused.value.status == 403
    assert "violates PodSecurity" in str(refused.value.body)


def test_services_are_found_by_name(lab: Lab) -> None:
    full = f"server.{lab.namespace}.svc.cluster.local"
    seen = lab.knock("client", {
        "short": Target("name", "server"), "full": Target("name", full), "other": Target("name", "example.com"),
        "tcp": Target("tcp", "server", 80), "udp": Target("udp", "server", UDP),
    })  # fmt: skip
    address = lab.services["server"]
    answers = {"short": address, "full": address, "other": "no such name"}
    assert seen == {**answers, "tcp": "connected: server", "udp": "answered: server"}


def test_logs_and_port_forwarding_reach_a_pod(lab: Lab) -> None:
    pod = probe_pod(lab.namespace, "speaker", container={"command": ["python3", "-c", "print('said by the pod')"]})
    lab.core.create_namespaced_pod(lab.namespace, pod)
    until("the line", lambda: "said by the pod" in _log(lab, "speaker"), seconds=30)
    core = client.CoreV1Api(api_client(lab.objects.kubeconfig))
    opened = portforward(core.connect_get_namespaced_pod_portforward, "server", lab.namespace, ports=str(TCP))
    connection = opened.socket(TCP)
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    until("the answer", lambda: b"200 OK" in connection.recv(4096), seconds=10)


def _log(lab: Lab, pod: str) -> str:
    try:
        return str(lab.core.read_namespaced_pod_log(pod, lab.namespace))
    except ApiException:
        return ""


def test_memory_above_the_limit_ends_the_process_and_not_the_pod(lab: Lab) -> None:
    ended = lab.run(
        "client", "python3", "-c", f"import subprocess as s; print(s.run(['python3', '-c', {EAT_MEMORY!r}]))"
    )
    assert "returncode=-9" in ended
    status = lab.core.read_namespaced_pod("client", lab.namespace).status
    assert [one.restart_count for one in status.container_statuses] == [0]


def test_usage_is_measured(objects: Objects, lab: Lab) -> None:
    objects.wait_service("v1beta1.metrics.k8s.io")
    metrics: Any = client.CustomObjectsApi(objects.api)
    until(
        "the usage of a pod",
        lambda: metrics.list_namespaced_custom_object("metrics.k8s.io", "v1beta1", lab.namespace, "pods")["items"],
        seconds=60,
    )


@pytest.mark.parametrize("way", ["ingress", "route"])
def test_the_door_leads_to_a_service_by_its_host(way: str, lab: Lab, places: Places) -> None:
    host = f"{way}.{lab.namespace}.labs.localhost"
    lab.apply(_ingress(lab, host) if way == "ingress" else _route(lab, host))
    door = f"http://{places.addresses.node}:30080/"
    with httpx.Client(trust_env=False, timeout=5) as asking:
        until("the door to know it", lambda: asking.get(door, headers={"host": host}).status_code == 200, seconds=20)
        assert asking.get(door, headers={"host": host}).text == "server"
        assert asking.get(door, headers={"host": f"other.{host}"}).status_code == 404


def _ingress(lab: Lab, host: str) -> dict[str, object]:
    backend = {"service": {"name": "server", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    meta = {"name": "server", "namespace": lab.namespace}
    spec = {"rules": [{"host": host, "http": {"paths": paths}}]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}


def _route(lab: Lab, host: str) -> dict[str, object]:
    parent = {"name": "academy", "namespace": "projectcontour"}
    spec = {"hostnames": [host], "parentRefs": [parent], "rules": [{"backendRefs": [{"name": "server", "port": 80}]}]}
    meta = {"name": "server", "namespace": lab.namespace}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": meta, "spec": spec}
