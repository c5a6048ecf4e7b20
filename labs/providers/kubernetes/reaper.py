"""When a lab that no row knows may be ended: seen twice, long enough apart, and never while the reaper is disarmed.

After a restore the database is older than the cluster: labs that were started since look like nobody's. So the database
carries an epoch, a random text that a restore changes or that differs from the one written in the cluster, and only an
administrator who looked writes the new one there. Until then the reaper only reports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from labs.providers.kubernetes.cluster import CONFIG_MAP, Cluster
from labs.providers.kubernetes.settings import ClusterSettings

APART_SECONDS = 600.0


@dataclass(frozen=True)
class Verdict:
    """`sightings` is what to remember until the next look: by namespace UID, when it was first seen."""

    reap: frozenset[str]
    sightings: Mapping[str, float]


def cluster_epoch(cluster: Cluster, settings: ClusterSettings) -> str | None:
    """Read what an administrator wrote beside the worker; None where there is nothing, or nowhere to write it."""
    if settings.worker is None:
        return None
    found = cluster.get(CONFIG_MAP, f"{settings.fence}-epoch", settings.worker.namespace)
    epoch: str | None = ((found or {}).get("data") or {}).get("epoch")
    return epoch


def is_armed(database_epoch: str, cluster_epoch: str | None) -> bool:
    """Say whether the database is the one that the cluster was told of; a cluster that was told of none is disarmed."""
    return bool(database_epoch) and database_epoch == cluster_epoch


def judge(
    sightings: Mapping[str, float],
    suspicious: Collection[str],
    *,
    now: float,
    armed: bool,
    apart: float = APART_SECONDS,
) -> Verdict:
    """Judge what is suspicious now; who was unsuspicious in between begins anew, as does all while disarmed."""
    if not armed:
        return Verdict(frozenset(), {})
    kept = {uid: min(sightings.get(uid, now), now) for uid in suspicious}
    ripe = frozenset(uid for uid, first in kept.items() if uid in sightings and now - first >= apart)
    return Verdict(ripe, {uid: first for uid, first in kept.items() if uid not in ripe})
