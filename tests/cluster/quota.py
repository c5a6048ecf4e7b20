"""A ResourceQuota of somebody else in a lab's namespace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.people import Person
from tests.factories.waiting import until


@contextmanager
def quota_of_another(admin: Person, namespace: str, **hard: str) -> Iterator[None]:
    """For as long as the block runs, however it ends, and counted from its first line on; `namespace` is its path."""
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "tight"}, "spec": {"hard": hard}}
    path = f"{namespace}/resourcequotas"
    assert admin.ask("POST", path, body).ok
    try:
        until("it counts", lambda: admin.ask("GET", f"{path}/tight").told.get("status", {}).get("hard") == hard)
        yield
    finally:
        gone = admin.ask("DELETE", f"{path}/tight")
    assert gone.ok, gone
