"""What an exam's namespaces and pods are, and when somebody else may remove them. Pure."""

import re
from typing import Any

import pytest

from labs.exams.asking import ServiceOrder, StartSystem
from labs.exams.hosts import cluster_pods
from labs.exams.hosts.cluster_manifests import ExamPlace
from labs.exams.hosts.leftovers import is_leftover
from labs.places import REPOSITORY
from labs.providers.kubernetes import finding
from labs.providers.kubernetes.settings import Account, ClusterSettings

SETTINGS = ClusterSettings(
    images={"tools": "t@sha256:1", "examiner": "e@sha256:2"}, resolver_image="",
    worker=Account(namespace="academy", name="worker"),
)  # fmt: skip
PLACE = ExamPlace(SETTINGS, "main", "abc123", "examiner")
ORDER = StartSystem(
    number=3,
    services=[
        ServiceOrder(argv=("python", "-c", "$(HOSTNAME)"), env={"A": "$(B)", "PORT": "8100"}, workdir="."),
        ServiceOrder(argv=("serve",), env={}, workdir="web"),
    ],
)


def pod_specs() -> list[dict[str, Any]]:
    job = cluster_pods.examiner(PLACE, seconds=700)
    system = cluster_pods.system(PLACE.other, ORDER, examiner_at="10.1.2.3", seconds=700)
    return [job["spec"]["template"]["spec"], system["spec"]]


@pytest.mark.parametrize("number", [0, 1])
def test_every_pod_is_confined(number: int) -> None:
    spec = pod_specs()[number]
    assert spec["automountServiceAccountToken"] is False
    assert spec["restartPolicy"] == "Never"
    assert spec["dnsConfig"] == {"nameservers": ["127.0.0.1"]}
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["resources"]["limits"].keys() >= {"cpu", "memory", "ephemeral-storage"}
    assert not [one for one in spec["volumes"] if set(one) - {"name", "emptyDir"}]


def test_the_examiner_runs_once() -> None:
    spec = cluster_pods.examiner(PLACE, seconds=700)["spec"]
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (0, 700)
    assert spec["ttlSecondsAfterFinished"] > 0
    (container,) = spec["template"]["spec"]["containers"]
    assert container["stdin"] and container["stdinOnce"]


def test_a_system_runs_what_was_ordered_and_writes_nowhere_else() -> None:
    spec = pod_specs()[1]
    first, second = spec["containers"]
    assert first["args"][:4] == ["/usr/bin/env", "-i", "-C", "/submission/."]
    assert "A=$$(B)" in first["args"], "the cluster would fill in its own variables"
    assert first["args"][-3:] == ["python", "-c", "$$(HOSTNAME)"]
    assert second["args"][3] == "/submission/web"
    assert "env" not in first
    written = [mount["name"] for one in (first, second) for mount in one["volumeMounts"] if not mount.get("readOnly")]
    assert len(written) == len(set(written)) == 4
    assert spec["hostAliases"] == [{"ip": "10.1.2.3", "hostnames": ["examiner"]}]


def test_the_two_namespaces_open_to_each_other_only() -> None:
    for place in (PLACE, PLACE.other):
        deny, opening = (one["spec"] for one in place.fence if one["kind"] == "NetworkPolicy")
        assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        peers = [*opening["ingress"][0]["from"], *opening["egress"][0]["to"]]
        spaces = [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in peers]
        assert spaces == [place.other.name] * 2
        assert all(peer["podSelector"]["matchLabels"]["mlops-academy/exam"] == "abc123" for peer in peers)
    entered = next(one for one in PLACE.other.fence if one["metadata"]["name"] == "exam")["spec"]["ingress"][0]
    assert entered["ports"] == [{"protocol": "TCP", "port": 8100, "endPort": 8111}]


def test_a_namespace_passes_the_workers_fence_and_is_no_labs() -> None:
    assert re.fullmatch(r"lab-[0-9a-f]{16}", PLACE.name)
    assert PLACE.name != PLACE.other.name
    assert {"mlops-academy/installation", "mlops-academy/lab", "mlops-academy/generation"} <= PLACE.labels.keys()
    assert not finding.is_ours(PLACE.namespace)


@pytest.mark.parametrize(
    ("age", "runs", "leftover"),
    [(5, False, False), (5, True, False), (90, True, False), (90, False, True), (4000, True, True)],
)
def test_an_exam_whose_examiner_is_gone_is_nobodys(age: float, runs: bool, leftover: bool) -> None:
    assert is_leftover(age_seconds=age, examiner_runs=runs) is leftover


def test_the_examiners_packages_are_locked_as_the_platforms() -> None:
    # Its image has the labs' environment; what it parses replies with must be what the platform was tested with.
    def pins(name: str) -> dict[str, str]:
        text = (REPOSITORY / "requirements" / name).read_text()
        return dict(re.findall(r"^(h11|prometheus-client|pydantic|pydantic-core|pyyaml)==(\S+)", text, re.MULTILINE))

    assert len(pins("platform.txt")) == 5
    assert pins("lab.txt") == pins("platform.txt")
