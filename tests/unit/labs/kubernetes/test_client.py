"""The way to a cluster, where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.errors import OurFault
from labs.providers.kubernetes.client import ApiCluster


def test_a_way_that_is_not_there_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OurFault, match="no way to the cluster"):
        ApiCluster.of_kubeconfig(str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(OurFault, match="no way to the cluster"):
        ApiCluster.inside()
