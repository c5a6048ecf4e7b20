"""The chart, judged by Helm, by the API server, and by the code that reads what it writes."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.settings import ClusterSettings
from lms.config import Settings
from tests.cluster.equipment.objects import Objects, documents
from tests.cluster.equipment.places import EquipmentError
from tests.cluster.rendering import (
    CHART,
    NAMESPACE,
    RELEASE,
    WAYS,
    Manifest,
    Render,
    containers,
    helm,
    labels_of,
    named,
    pods_of,
    render,
    secrets_read,
)

__all__ = ["helm", "render"]


@pytest.fixture(scope="module")
def restricted(objects: Objects) -> Iterator[str]:
    name, core = "chart-dry-run", client.CoreV1Api(objects.api)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    objects.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}])
    yield name
    core.delete_namespace(name)


@pytest.mark.parametrize("way", WAYS)
def test_helm_finds_nothing_wrong(helm: Callable[..., str], way: str) -> None:
    said = helm("lint", CHART, "--strict", "--values", CHART / "ci" / f"{way}-values.yaml")
    assert "0 chart(s) failed" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("web.replicas=0", "/web/replicas"),
        ("web.replica=3", "additional properties 'replica'"),
        ("settings.FOO=1", "invalid propertyName 'FOO'"),
        ("settings.ACADEMY_DATABASE=x", "ACADEMY_DATABASE"),
        ("labs.images.tools=academy/tools:latest", "/labs/images/tools"),
        ("labs.imagePlaces={registry.example/academy}", "/labs/imagePlaces/0"),
        ("publicUrl=academy.example", "/publicUrl"),
        ("uploads.accessMode=ReadOnlyMany", "/uploads/accessMode"),
        ("postgresql.enabled=false", "A database is needed"),
        ("serviceMonitor.enabled=true", "needs exporter.enabled"),
    ],
)
def test_wrong_values_are_refused_with_their_reason(render: Render, wrong: str, said: str) -> None:
    with pytest.raises(EquipmentError, match=re.escape(said)):
        render("trial", "--set", wrong)


@pytest.mark.parametrize("way", WAYS)
def test_the_api_server_takes_every_object(render: Render, objects: Objects, restricted: str, way: str) -> None:
    refused = {}
    for one in render(way, "--set", "serviceMonitor.enabled=false"):  # its kind is the Prometheus operator's
        try:
            _dry_run(objects, one, restricted)
        except ApiException as error:
            refused[f"{one['kind']} {one['metadata']['name']}"] = error.body
    assert refused == {}


@pytest.mark.parametrize("way", WAYS)
def test_every_pod_is_restricted(render: Render, objects: Objects, restricted: str, way: str) -> None:
    """Of a Deployment the API server only warns, so each of its pods is tried by itself."""
    pods = dict(pods_of(render(way)))
    assert {"web", "worker", "examiner", "beat", "migrate"} <= pods.keys()
    for name, pod in pods.items():
        manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"try-{name}"}, "spec": pod["spec"]}
        manifest["spec"]["serviceAccountName"] = "default"
        if name == "postgresql":  # the StatefulSet makes its claim
            manifest["spec"]["volumes"].append({"name": "data", "persistentVolumeClaim": {"claimName": "data"}})
        _dry_run(objects, manifest, restricted)
        root_is_read_only = [one["securityContext"]["readOnlyRootFilesystem"] for one in containers(pod)]
        assert all(root_is_read_only), name


@pytest.mark.parametrize("way", WAYS)
def test_only_what_makes_labs_has_credentials(render: Render, way: str) -> None:
    made = render(way)
    with_token = {name for name, pod in pods_of(made) if pod["spec"]["automountServiceAccountToken"]}
    assert with_token == {"worker", "examiner"}
    subjects = [one["subjects"] for one in made if one["kind"].endswith("RoleBinding")]
    worker = {"kind": "ServiceAccount", "name": f"{RELEASE}-academy-worker", "namespace": NAMESPACE}
    assert subjects and all(one == [worker] for one in subjects)
    web = dict(pods_of(made))["web"]["spec"]
    assert web["serviceAccountName"] == f"{RELEASE}-academy"
    assert not {"labs", "registry"} & {volume["name"] for volume in web["volumes"]}


def test_who_pulls_is_told_to_those_who_make_labs_alone(render: Render) -> None:
    """The platform's own pods name theirs; only worker and examiner read the labs', as a file."""
    made = render("production", "--set", "labs.pullSecret=for-labs")
    pods = dict(pods_of(made))
    assert all(pod["spec"]["imagePullSecrets"] == [{"name": "registry"}] for pod in pods.values())
    read = {role for role, pod in pods.items() if ("for-labs", ".dockerconfigjson") in secrets_read(pod)}
    assert read == {"worker", "examiner"}
    mounts = {one["name"]: one["mountPath"] for one in pods["worker"]["spec"]["containers"][0]["volumeMounts"]}
    assert described(made).pull_secret == Path(mounts["registry"]) / "config.json"
    assert described(render("trial")).pull_secret is None


def test_a_budget_stands_only_where_a_pod_can_go(render: Render) -> None:
    assert named(render("trial"), "PodDisruptionBudget") == set()
    expected = {f"{RELEASE}-academy-{role}" for role in ("web", "worker", "examiner")}
    assert named(render("production"), "PodDisruptionBudget") == expected
    assert named(render("production", "--set", "worker.replicas=1"), "PodDisruptionBudget") < expected


@pytest.mark.parametrize("way", WAYS)
def test_the_provider_reads_what_the_chart_says_of_the_cluster(render: Render, way: str) -> None:
    made = render(way)
    told = described(made)
    assert told.worker is not None and told.worker.name in named(made, "ServiceAccount")
    assert f"{told.fence}-lab-hands" in named(made, "ClusterRole")
    judges = {name for name, pod in pods_of(made) if told.judge and told.judge.pods.items() <= labels_of(pod).items()}
    assert judges == {"worker", "examiner"}
    # The worker may set what it is told to set on a lab's way in.
    policies = {one["metadata"]["name"]: one["spec"] for one in made if one["kind"] == "ValidatingAdmissionPolicy"}
    listed = {one["name"]: one["expression"] for one in policies[f"{told.fence}-hosts"]["variables"]}["annotations"]
    assert set(yaml.safe_load(listed)) == {names.DIGEST, *told.door.annotations}
    assert bool(told.door.annotations) == (told.door.kind == "ingress")
    # And a lab's way in is the platform's Gateway, where that has TLS.
    parents = [one["spec"]["parentRefs"][0] for one in made if one["kind"] == "HTTPRoute"]
    assert parents == [
        {"name": told.door.gateway, "namespace": told.door.gateway_namespace, "sectionName": "academy"}
        for _ in range(told.door.kind == "httproute")
    ]
    assert told.door.listener == ("labs" if parents else None)


def test_what_opens_kept_data_is_kept_with_it(render: Render) -> None:
    """The volume of a trial's database is the StatefulSet's: no release removes it, so none may remove its password."""
    keep = {"helm.sh/resource-policy": "keep"}
    kept = [one for one in render("trial") if one["metadata"].get("annotations") == keep]
    assert named(kept, "PersistentVolumeClaim") == {f"{RELEASE}-academy-uploads"}
    assert named(kept, "Secret") == {f"{RELEASE}-academy-{name}" for name in ("secret", "postgresql")}


def test_the_fence_is_this_release_s_own(render: Render) -> None:
    """The files of k8s/fence, with nothing left of the installation that they stand for."""
    made = render("production")
    variables = {one["name"]: one.get("value") for one in dict(pods_of(made))["worker"]["spec"]["containers"][0]["env"]}
    label = names.installation_label(str(variables["ACADEMY_INSTALLATION_NAME"]))
    text = json.dumps(made)
    assert f"'{'0' * 16}'" not in text
    assert "serviceaccount:academy:" not in text and "'academy'" not in text
    assert f"system:serviceaccount:{NAMESPACE}:{RELEASE}-academy-worker" in text
    assert label in text and ".labs.academy.example'" in text
    assert "['registry.example/academy/', 'registry.example/system/']" in text
    for path in sorted((CHART / "fence").glob("*.yaml")):
        for one in documents(path.read_text()):
            if path.name in {"kustomization.yaml", "platform.yaml"}:
                continue
            name = one["metadata"]["name"].replace("academy-", f"{RELEASE}-academy-", 1)
            assert name in named(made, one["kind"]), path.name


def test_every_variable_is_a_setting(render: Render) -> None:
    known = {f"ACADEMY_{name.upper()}" for name in Settings.model_fields}
    pods = [(role, pod["spec"]["containers"][0]["env"]) for role, pod in pods_of(render("production"))]
    assert {one["name"] for _, variables in pods for one in variables} <= known
    for role, variables in pods:  # so that `lms doctor` in it asks for what it holds
        assert {"name": "ACADEMY_PART", "value": role} in variables


def described(made: list[Manifest]) -> ClusterSettings:
    data = next(one["data"] for one in made if one["kind"] == "ConfigMap" and "cluster.yaml" in one.get("data", {}))
    return ClusterSettings.model_validate(yaml.safe_load(data["cluster.yaml"]))


def _dry_run(objects: Objects, one: Manifest, namespace: str) -> None:
    """As whoever installs would send it; where it is made matters not, so all goes into one namespace."""
    one["metadata"].pop("namespace", None)
    asking = DynamicClient(objects.api)
    kind = asking.resources.get(api_version=one["apiVersion"], kind=one["kind"])
    asking.create(kind, body=one, namespace=namespace if kind.namespaced else None, dry_run="All")
