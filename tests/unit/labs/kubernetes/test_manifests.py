"""A lab's objects, as a person reads them, and what they promise."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml

from labs.providers.kubernetes.manifests import files, names, pulling
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings, DoorWay, Pods
from tests.factories.golden import assert_golden
from tests.unit.labs.kubernetes.orders import EVERYTHING, TOKEN, order, planned, settings_of

GOLDEN = Path(__file__).parent / "golden"
CONTOUR = DoorWay(kind="ingress", ingress_class="contour", annotations={"projectcontour.io/websocket-routes": "/"})
ADDRESSES = {
    "mlflow": "10.96.0.1", "serving": "10.96.0.2", "prometheus": "10.96.0.3", "workspace": "10.96.0.4",
    "resolver": "10.96.0.5",
}  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def readable(manifests: Iterable[Manifest]) -> str:
    """As YAML, without what is long or secret, and without what every object has."""
    shown = []
    for one in manifests:
        copied = json.loads(json.dumps(one))
        marks = {key: value for key, value in one["metadata"]["annotations"].items() if key != names.DIGEST}
        copied["metadata"] = {"name": one["metadata"]["name"]} | ({"annotations": marks} if marks else {})
        if one["kind"] == "Secret":
            copied["data"] = sorted(one["data"])
        for container in copied.get("spec", {}).get("template", {}).get("spec", {}).get("initContainers", []):
            container["command"][4] = "<inside/prepare.py>"
        shown.append(copied)
    text = yaml.dump_all(shown, Dumper=_Dumper, sort_keys=False, width=140)
    return text.replace(TOKEN, "<token>").replace("0" * 64, "0..").replace("1" * 64, "1..")


@pytest.mark.parametrize("name", ["namespace", "entry", "fence", "holdings", "ingress", "workloads", "declared"])
def test_the_objects_are_the_golden_ones(name: str) -> None:
    whole = planned()
    declared = planned(egress=True, kubectl=True, components=("workspace",))
    by_ingress = planned(settings_of(door=CONTOUR))
    parts: dict[str, Callable[[], list[Manifest]]] = {
        "namespace": lambda: [whole.namespace],
        "entry": lambda: whole.entry,
        "fence": lambda: whole.fence,
        "holdings": lambda: whole.holdings,
        "ingress": lambda: [one for one in by_ingress.holdings if one["metadata"]["name"] == "door"],
        "workloads": lambda: [
            one for one in whole.workloads(ADDRESSES) if one["metadata"]["name"] in ("resolver", "serving")
        ],
        "declared": lambda: [*declared.fence, *declared.workloads(ADDRESSES)],
    }
    text = readable(parts[name]())
    assert_golden(GOLDEN / f"{name}.yaml", text)


def test_the_same_order_is_the_same_objects_to_the_byte() -> None:
    first, second = (planned() for _ in range(2))
    for part in ("namespace", "fence", "holdings"):
        assert json.dumps(getattr(first, part)) == json.dumps(getattr(second, part))
    assert first.workloads(ADDRESSES) == second.workloads(ADDRESSES)


def test_labs_installations_and_generations_never_share_a_namespace() -> None:
    orders = [order(), order(generation=2), order(name="lab-18", lab_id=18), order(installation="main-2")]
    found = {names.namespace_name(one) for one in orders}
    assert len(found) == len(orders)
    assert all(map(names.is_namespace_name, found))


def every_pod(settings: ClusterSettings | None = None, **changes: object) -> list[Manifest]:
    made = planned(settings, kubectl=True, **changes).workloads(ADDRESSES)
    return [one["spec"]["template"]["spec"] for one in made if one["kind"] == "Deployment"]


@pytest.mark.parametrize("pod", every_pod())
def test_every_pod_is_restricted_and_has_no_token_of_its_own(pod: Manifest) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 1000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False and context["readOnlyRootFilesystem"] is True
        assert context["capabilities"]["drop"] == ["ALL"]
        assert {"cpu", "memory", "ephemeral-storage"} <= container["resources"]["limits"].keys()
        assert "@sha256:" in container["image"]


def test_every_pod_runs_where_and_as_the_cluster_s_description_says() -> None:
    placed = {
        "runtimeClassName": "gvisor",
        "nodeSelector": {"academy/labs": "true"},
        "tolerations": [{"key": "labs", "operator": "Exists", "effect": "NoSchedule"}],
    }
    runtime, selector, tolerations = placed.values()
    told = settings_of(runtime_class=runtime, node_selector=selector, tolerations=tolerations, pull_secret=GOLDEN)
    placed["imagePullSecrets"] = [{"name": pulling.NAME}]
    # Without a workspace there are the tools as well.
    pods = [*every_pod(told), *every_pod(told, components=("prometheus",))]
    assert {one["containers"][0]["name"] for one in pods} == {*EVERYTHING, "resolver", "tools"}
    assert all({key: one.get(key) for key in placed} == placed for one in pods)
    assert not any(placed.keys() & one.keys() for one in every_pod()), "where it says nothing, the cluster decides"


def test_the_token_is_in_no_argument_and_in_no_variable_that_a_list_shows() -> None:
    for pod in every_pod():
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert TOKEN not in json.dumps([container.get("command"), container.get("args"), container.get("env")])


def test_another_token_is_another_workspace_and_the_same_model_server() -> None:
    def digests(token: str) -> dict[str, str]:
        made = planned(token=token).workloads(ADDRESSES)
        return {one["metadata"]["name"]: one["metadata"]["annotations"][names.DIGEST] for one in made}

    first, second = digests(TOKEN), digests("another-token-of-20-letters")
    changed = {name for name in first if first[name] != second[name]}
    assert "workspace" in changed and not {"serving", "resolver"} & changed


def test_the_quota_is_enough_for_the_lab_itself() -> None:
    whole = planned()
    quota = next(one for one in whole.fence if one["kind"] == "ResourceQuota")["spec"]["hard"]
    pods = [one for one in whole.workloads(ADDRESSES) if one["kind"] == "Deployment"]
    asked = sum(
        int(one["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"][:-2]) for one in pods
    )
    assert asked <= int(quota["limits.memory"][:-2])
    assert len(pods) <= int(quota["count/deployments.apps"])
    assert sum(one["kind"] == "Service" for one in whole.holdings) <= int(quota["services"])
    assert sum(one["kind"] == "Secret" for one in whole.holdings) <= int(quota["secrets"])


def test_commands_run_in_a_pod_of_their_own_where_there_is_no_workspace() -> None:
    alone = planned(components=("prometheus",))
    assert alone.runner == "tools"
    assert {"tools", "prometheus", "resolver"} <= {one["metadata"]["name"] for one in alone.workloads(ADDRESSES)}
    assert planned().runner == "workspace"


def test_starter_files_pack_to_the_same_bytes_and_leave_links_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "link").symlink_to("/etc/passwd")
    first = files.packed(tmp_path)
    files.packed.cache_clear()
    assert first == files.packed(tmp_path)
    assert b"passwd" not in gzip.decompress(first)


def test_what_speaks_no_http_is_asked_by_a_connection_and_never_by_the_judge() -> None:
    settings = settings_of(judge=Pods(namespace={"name": "academy"}, pods={"app": "worker"}))

    def found(kind: str, name: str, *components: str) -> list[Manifest]:
        whole = planned(settings, components=components)
        every = [*whole.fence, *whole.holdings, *whole.workloads({**ADDRESSES, "kafka": "10.96.0.6"})]
        return [one for one in every if (one["kind"], one["metadata"]["name"]) == (kind, name)]

    (policy,) = found("NetworkPolicy", "judge", "workspace", "kafka")
    assert policy["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8888}]
    assert found("NetworkPolicy", "judge", "kafka") == [], "a rule without ports would open every port"
    (service,) = found("Service", "kafka", "kafka")
    assert [(one["name"], one["port"]) for one in service["spec"]["ports"]] == [("tcp", 9092)]
    (container,) = found("Deployment", "kafka", "kafka")[0]["spec"]["template"]["spec"]["containers"]
    probes = [container[one] for one in ("startupProbe", "readinessProbe")]
    assert [one["tcpSocket"] for one in probes] == [{"port": 9092}] * 2
