"""The fence of a lab, put up and then read back: nothing runs before it was seen to stand.

Policies and quotas of others in a lab's namespace are gaps too: a policy opens, and never closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from labs.providers.kubernetes.cluster import (
    ACCOUNT,
    LIMIT_RANGE,
    NAMESPACE,
    NETWORK_POLICY,
    QUOTA,
    Cluster,
    kind_of,
)
from labs.providers.kubernetes.manifests.names import Manifest

_CHECKED = ("spec", "automountServiceAccountToken")
_UNITS = {
    "m": Decimal("0.001"), "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
}  # fmt: skip


class Fenced(Protocol):
    """A namespace, and what must stand in it before anything can run there."""

    @property
    def namespace(self) -> Manifest:
        """Made by POST, first."""
        ...

    @property
    def fence(self) -> list[Manifest]:
        """Policies, quotas, limits and accounts."""
        ...


def put_up(cluster: Cluster, recipe: Fenced) -> None:
    """Apply all of it; what stands as it should is not changed by that."""
    for manifest in recipe.fence:
        cluster.apply(manifest)


def gaps(cluster: Cluster, recipe: Fenced) -> list[str]:
    """Read it back: every way in which what is there is not what was asked for; empty when it holds."""
    name = recipe.namespace["metadata"]["name"]
    found = {
        kind.kind: {one["metadata"]["name"]: one for one in cluster.list(kind, name)}
        for kind in (NETWORK_POLICY, QUOTA, LIMIT_RANGE, ACCOUNT)
    }
    return [*_of_namespace(cluster.get(NAMESPACE, name), recipe.namespace), *_of_objects(found, recipe.fence)]


def _of_namespace(live: Manifest | None, wanted: Manifest) -> Iterator[str]:
    labels = (live or {}).get("metadata", {}).get("labels") or {}
    for key, value in wanted["metadata"]["labels"].items():
        if labels.get(key) != value:
            yield f"the namespace's label {key} is {labels.get(key)!r} and not {value!r}"


def _of_objects(found: Mapping[str, Mapping[str, Manifest]], wanted: list[Manifest]) -> Iterator[str]:
    for manifest in wanted:
        kind, name = kind_of(manifest).kind, manifest["metadata"]["name"]
        live = found[kind].get(name)
        if live is None:
            yield f"{kind} {name} is not there"
        elif not all(same(manifest[part], live.get(part)) for part in _CHECKED if part in manifest):
            yield f"{kind} {name} was changed"
    known = {one["metadata"]["name"] for one in wanted if kind_of(one) == NETWORK_POLICY}
    for name in sorted(found[NETWORK_POLICY.kind].keys() - known):
        yield f"there is a NetworkPolicy {name} that is not ours"


def same(wanted: Any, live: Any) -> bool:
    """Compare exactly, except that a quantity may be written in another way, and that nothing and empty are one.

    Exactly: a selector with one more label, or a rule with one port less, is another fence.
    """
    if isinstance(wanted, dict) and isinstance(live, dict):
        return all(same(wanted.get(key), live.get(key)) for key in wanted.keys() | live.keys())
    if isinstance(wanted, list) and isinstance(live, list):
        return len(wanted) == len(live) and all(map(same, wanted, live))
    if wanted in (None, [], "") and live in (None, [], ""):
        return True
    if wanted == live:
        return True
    amount = quantity(wanted)
    return amount is not None and amount == quantity(live)


def quantity(text: Any) -> Decimal | None:
    """An amount as Kubernetes writes it; None for what is none."""
    if not isinstance(text, str) or not text[:1].isdigit():
        return None
    number = text.rstrip("mkMGTi")
    try:
        return Decimal(number) * _UNITS.get(text[len(number) :] or "", Decimal(1))
    except InvalidOperation:
        return None
