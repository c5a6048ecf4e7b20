"""A ResourceQuota of somebody else in a lab's namespace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.people import Person
from tests.factories.waiting import until


@contextmanager
def quota_of_another(admin: Person, namespace: str, **hard: str) -> Iterator[None]:
    """For as long as the block runs, and counted from its first line on; `namespace` is its path in the API."""
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "tight"}, "spec": {"hard": hard}}
    path = f"{namespace}/resourcequotas"
    assert admin.ask("POST", path, body).ok
    until("it counts", lambda: admin.ask("GET", f"{path}/tight").told.get("status", {}).get("hard") == hard)
    yield
    assert admin.ask("DELETE", f"{path}/tight").ok
