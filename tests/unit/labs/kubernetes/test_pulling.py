"""Who pulls images of labs, where the registry asks: a copy in each lab, as the file is when it is needed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, cast

import pytest

from labs.errors import ProviderUnopened
from labs.exams.hosts.cluster import Attachable, ClusterExamHost
from labs.exams.hosts.cluster_manifests import ExamPlace
from labs.exams.plan import Plan
from labs.providers.kubernetes.manifests import names, pulling
from labs.providers.kubernetes.provider import KubernetesProvider
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster
from tests.unit.labs.kubernetes.orders import order, settings_of
from tests.unit.labs.kubernetes.steps import until_ready

NO_IMAGE = {"initContainerStatuses": [{"name": "prepare", "state": {"waiting": {"reason": "ErrImagePull"}}}]}


def login(password: str) -> str:
    return json.dumps({"auths": {"registry.example": {"username": "puller", "password": password}}})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(login("first"))
    return path


@pytest.fixture
def provider(cluster: MemoryCluster, file: Path) -> KubernetesProvider:
    return KubernetesProvider(cluster, settings_of(pull_secret=file), installation="main-1", patience=0)


def held(cluster: MemoryCluster) -> str:
    secret = cluster.objects["Secret", names.namespace_name(order()), pulling.NAME]
    assert secret["type"] == "kubernetes.io/dockerconfigjson" and secret["data"].keys() == {".dockerconfigjson"}
    return base64.b64decode(secret["data"][".dockerconfigjson"]).decode()


def test_the_copy_is_there_before_anything_is_pulled(cluster: MemoryCluster, provider: KubernetesProvider) -> None:
    def refuses(verb: str, manifest: dict[str, Any]) -> None:
        assert manifest["kind"] != "Deployment" or held(cluster) == login("first")

    cluster.refuses = refuses
    until_ready(cluster, lambda: provider, order())


def test_another_credential_reaches_a_lab_that_waits_for_its_images(
    cluster: MemoryCluster, provider: KubernetesProvider, file: Path
) -> None:
    cluster.ready = False
    provider.ensure(order())
    cluster.tick()
    pod = cluster.objects["Pod", names.namespace_name(order()), "mlflow-1"]
    pod["status"] |= NO_IMAGE
    file.write_text(login("second"))
    cluster.calls.clear()
    provider.ensure(order())
    assert held(cluster) == login("second")
    assert [one for one in cluster.calls if one.startswith("apply")] == ["apply Secret"], "nothing else is in its way"


def test_a_lab_that_runs_does_not_mind_a_file_that_is_gone_and_none_starts_without(
    cluster: MemoryCluster, provider: KubernetesProvider, file: Path
) -> None:
    until_ready(cluster, lambda: provider, order())
    file.unlink()
    assert provider.ensure(order()).state == "ready" == provider.observe(order()).state
    with pytest.raises(ProviderUnopened, match=r"config\.json, cannot be read: No such file"):
        provider.ensure(order(lab_id=18, name="lab-18"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "are not JSON"),
        ("[]", "no credential of any registry"),
        ('{"auths": {"registry.example": {}}, "credsStore": "desktop"}', "credsStore"),
    ],
)
def test_a_file_of_no_use_is_refused_in_words(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(ProviderUnopened, match=says):
        pulling.content(settings_of(pull_secret=file))


def test_registries_are_told_by_their_hosts(file: Path) -> None:
    entries = ("https://index.docker.io/v1/", "registry.example:5000/academy", "*.registry.example")
    file.write_text(json.dumps({"auths": {one: {"auth": "eA=="} for one in entries} | {"nobody.example": {}}}))
    assert pulling.read(file)[1] == {"index.docker.io", "registry.example:5000", "*.registry.example"}


@pytest.mark.parametrize("part", ["examiner", "systems"])
def test_an_exam_has_a_copy_in_both_its_places_and_room_for_no_other_secret(file: Path, part: str) -> None:
    def quota(place: ExamPlace) -> str:
        hard = next(one for one in place.fence if one["kind"] == "ResourceQuota")["spec"]["hard"]
        return str(hard["secrets"])

    place, without = (ExamPlace(settings_of(pull_secret=one), "main", "ab12cd", part) for one in (file, None))
    (made,) = place.pull_secret
    assert made["metadata"]["namespace"] == place.name and made["metadata"]["name"] == pulling.NAME
    assert (quota(place), quota(without), without.pull_secret) == ("1", "0", [])


class Begun(Exception):
    """The examiner would run from here on."""


def test_an_exam_s_copies_are_there_before_its_examiner_is_pulled(cluster: MemoryCluster, file: Path) -> None:
    def refuses(verb: str, manifest: dict[str, Any]) -> None:
        if manifest["kind"] == "Job":
            held = [place for kind, place, name in cluster.objects if (kind, name) == ("Secret", pulling.NAME)]
            spaces = [name for kind, _, name in cluster.objects if kind == "Namespace"]
            assert len(held) == 2 and set(held) == set(spaces)
            raise Begun

    cluster.refuses = refuses
    settings = settings_of(pull_secret=file, images={"tools": "t@sha256:1", "examiner": "e@sha256:2"})
    host = ClusterExamHost(cast("Attachable", cluster), settings, "main")
    plan = cast("Plan", None)  # it is read once the examiner runs
    with pytest.raises(Begun):
        host.hold(plan, seconds=1, on_event=lambda event: None)
