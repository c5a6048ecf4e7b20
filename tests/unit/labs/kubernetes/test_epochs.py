"""The note of the platform's database: beside the worker, one for each installation."""

from __future__ import annotations

from labs.providers.kubernetes.cluster import CONFIG_MAP
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import Account, ClusterSettings
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster
from tests.unit.labs.kubernetes.orders import settings_of


def cluster_with_rights_in(namespace: str) -> MemoryCluster:
    cluster = MemoryCluster()
    cluster.objects["Namespace", None, namespace] = {"metadata": {"name": namespace}}
    cluster.objects["RoleBinding", namespace, "epoch"] = {"metadata": {"name": "epoch", "namespace": namespace}}
    return cluster


def provider(cluster: MemoryCluster, settings: ClusterSettings, installation: str = "main") -> KubernetesProvider:
    return KubernetesProvider(cluster, settings, installation=installation)


def test_it_is_kept_beside_the_worker_under_the_one_name_that_its_role_allows() -> None:
    cluster = cluster_with_rights_in("academy")
    settings = settings_of(worker=Account(namespace="academy", name="worker"))
    assert provider(cluster, settings).epoch() is None
    provider(cluster, settings).note_epoch("one:1")
    provider(cluster, settings).note_epoch("one:2")
    assert provider(cluster, settings).epoch() == "one:2"
    assert [key for key in cluster.objects if key[0] == CONFIG_MAP.kind] == [("ConfigMap", "academy", "academy-epoch")]


def test_installations_of_an_administrator_do_not_read_each_others() -> None:
    cluster, settings = cluster_with_rights_in("default"), settings_of(worker=None)
    provider(cluster, settings, "main-1").note_epoch("one:1")
    provider(cluster, settings, "main-2").note_epoch("two:7")
    assert provider(cluster, settings, "main-1").epoch() == "one:1"
    assert provider(cluster, settings, "main-2").epoch() == "two:7"


def test_it_is_no_lab() -> None:
    cluster, settings = cluster_with_rights_in("default"), settings_of(worker=None)
    provider(cluster, settings).note_epoch("one:1")
    assert provider(cluster, settings).list_owned() == []
