"""Whoever ends the platform ends its exams on a cluster, with the worker's own rights, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.exams.hosts.cluster import ClusterExamHost
from labs.exams.hosts.cluster_manifests import SYSTEMS, ExamPlace
from labs.exams.remote_runner import EXAMINER
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.manifests.names import namespace_name
from labs.providers.kubernetes.manifests.namespace import namespace
from tests.cluster.installation import Installation, installed
from tests.factories.waiting import until


@pytest.fixture
def installation(kubeconfig: Path) -> Iterator[Installation]:
    with installed(kubeconfig, "ending") as made:
        yield made


def test_exams_that_have_just_begun_go_and_labs_stay(installation: Installation, tmp_path: Path) -> None:
    cluster = ApiCluster.of_kubeconfig(str(installation.worker.write_kubeconfig(tmp_path / "worker")))
    settings, lab = installation.settings(), installation.order()
    host = ClusterExamHost(cluster, settings, installation.name)
    assert not host.end_all()
    cluster.create(namespace(lab, settings))
    for part in (EXAMINER, SYSTEMS):
        assert cluster.create(ExamPlace(settings, installation.name, "ab12cd", part).namespace)
    host.sweep()
    assert len(installation.labs()) == 3, "what has just begun is somebody's"
    assert host.end_all()
    until("the exam's namespaces are gone", lambda: installation.labs() == [namespace_name(lab)], seconds=90)
    assert not host.end_all()
