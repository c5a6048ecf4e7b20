"""A lab on the cluster in memory, started step by step."""

from __future__ import annotations

from collections.abc import Callable

from labs.ports import Observation
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster

Again = Callable[[], KubernetesProvider]


def until_ready(cluster: MemoryCluster, again: Again, lab: LabSpec) -> Observation:
    for _ in range(4):
        seen = again().ensure(lab)
        if seen.state == "ready":
            return seen
        cluster.tick()
    raise AssertionError(seen)
