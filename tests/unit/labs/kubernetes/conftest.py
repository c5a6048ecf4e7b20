"""A cluster in memory, and providers that know nothing but it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labs.providers.kubernetes.provider import KubernetesProvider
from tests.unit.labs.kubernetes.memory_cluster import MemoryCluster
from tests.unit.labs.kubernetes.orders import settings_of


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


@pytest.fixture
def again(cluster: MemoryCluster) -> Callable[[], KubernetesProvider]:
    """A provider that knows only the cluster; it does not wait."""
    return lambda: KubernetesProvider(cluster, settings_of(), installation="main-1", patience=0)
