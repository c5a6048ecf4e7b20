"""The way to a cluster, where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from kubernetes import client as official

from labs.errors import OurFault
from labs.providers.kubernetes.client import ApiCluster


def test_a_way_that_is_not_there_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OurFault, match="no way to the cluster"):
        ApiCluster.of_kubeconfig(str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(OurFault, match="no way to the cluster"):
        ApiCluster.inside()


def test_a_log_that_the_kubelet_no_longer_has_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = ApiCluster(official.Configuration())
    monkeypatch.setattr(cluster, "_call", lambda *_, **__: b"unable to retrieve container logs for containerd://ea3db8")
    assert cluster.log("lab-1", "prometheus-1", "prometheus", previous=True, max_bytes=4000) == ""
