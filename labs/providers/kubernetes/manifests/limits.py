"""How much a lab may hold: the sum of what its plan asks, and little beside."""

from __future__ import annotations

from collections.abc import Sequence

from labs.providers.containers.plan import ContainerPlan
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.spec import LabSpec

RESOLVER_MEMORY_MB = 64
RESOLVER_CPUS = 0.1
PREPARE_MEMORY_MB = 256
SCRATCH_MB = 256
LEARNERS_PODS = 6
"""Pods of their own that a learner may have where kubectl is taught."""
LEARNERS_MEMORY_MB = 256
LEARNERS_CPUS = 0.25


def quota(lab: LabSpec, plans: Sequence[ContainerPlan]) -> Manifest:
    """Pods as many as the plan has, once more for a pod that ends while its successor starts, and learners' own."""
    learners = LEARNERS_PODS if lab.kubectl else 0
    pods = 2 * (len(plans) + 1) + learners
    memory = _memory(plans) + learners * LEARNERS_MEMORY_MB
    cpus = _cpus(plans) + learners * LEARNERS_CPUS
    hard = {
        "pods": str(pods),
        "limits.cpu": millicpus(cpus),
        "limits.memory": f"{memory}Mi",
        "requests.cpu": millicpus(cpus),
        "requests.memory": f"{memory}Mi",
        "requests.storage": f"{lab.limits.disk_mb}Mi",
        "limits.ephemeral-storage": f"{pods * 2 * SCRATCH_MB}Mi",
        "persistentvolumeclaims": "1",
        "services": str(_counted(len(plans) + 1)),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "secrets": str(_counted(2 * len(plans) + 3)),
        "configmaps": "20",
        "count/deployments.apps": str(_counted(len(plans) + 1) + learners),
        "count/replicasets.apps": str(12 * (len(plans) + 1 + learners)),
        "count/jobs.batch": str(learners),
        "count/cronjobs.batch": "0",
        "count/statefulsets.apps": "0",
        "count/daemonsets.apps": "0",
    }
    return names.named(lab, "v1", "ResourceQuota", "lab", {"spec": {"hard": hard}})


def _counted(objects: int) -> int:
    """A quota also counts those that lost a race for a name, for minutes: several callers at once must fit."""
    return 4 * objects


def limit_range(lab: LabSpec) -> Manifest:
    """What a container gets that asks for nothing, and the most that one may ask for."""
    usual = {
        "cpu": millicpus(LEARNERS_CPUS),
        "memory": f"{LEARNERS_MEMORY_MB}Mi",
        "ephemeral-storage": f"{SCRATCH_MB}Mi",
    }
    most = {"cpu": millicpus(lab.limits.cpus), "memory": f"{max(lab.limits.memory_mb, PREPARE_MEMORY_MB)}Mi"}
    limits = [
        {"type": "Container", "default": usual, "defaultRequest": usual | {"cpu": "50m"}, "max": most},
        {"type": "PersistentVolumeClaim", "max": {"storage": f"{lab.limits.disk_mb}Mi"}},
    ]
    return names.named(lab, "v1", "LimitRange", "lab", {"spec": {"limits": limits}})


def millicpus(cpus: float) -> str:
    """A quantity that reads back as it was written."""
    return f"{round(cpus * 1000)}m"


def _memory(plans: Sequence[ContainerPlan]) -> int:
    # A pod counts as the larger of its init container and its containers.
    return RESOLVER_MEMORY_MB + sum(max(one.memory_mb, PREPARE_MEMORY_MB) for one in plans)


def _cpus(plans: Sequence[ContainerPlan]) -> float:
    return RESOLVER_CPUS + sum(one.cpus for one in plans)
