"""Keeps a number of unclaimed volumes at hand and throws released ones away."""

from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.cluster.equipment.clients import api_client
from tests.cluster.equipment.volumes.disks import disks, make_disk, remove_disk
from tests.cluster.equipment.volumes.objects import LABEL, storage_class, volume
from tests.cluster.equipment.watching import View

CONFLICT, MISSING = 409, 404
FREE = {None, "Pending", "Available"}
#: Sizes in MiB, and how many of each wait unclaimed: a claim takes the smallest that fits, a lab asks for 2048.
STOCK = {256: 4, 2048: 12, 5120: 2}


class Keeper:
    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self.folder = folder
        self.core: Any = client.CoreV1Api(api_client(kubeconfig))
        self.storage: Any = client.StorageV1Api(api_client(kubeconfig))
        self.view = View({"volumes": client.CoreV1Api(api_client(kubeconfig)).list_persistent_volume})
        #: Made by us, name -> size; the view hears of them a moment later.
        self.made: dict[str, int] = {}

    def prepare(self) -> None:
        """What a cluster before this one left is removed; the storage class is there."""
        for name in disks(self.folder):
            remove_disk(self.folder, name)
        try:
            self.storage.create_storage_class(storage_class())
        except ApiException as error:
            if error.status != CONFLICT:
                raise

    def round(self) -> None:
        """One look: released volumes go, missing ones come."""
        ours = [one for one in self.view.all("volumes") if LABEL in (one["metadata"].get("labels") or {})]
        for one in ours:
            if one["status"].get("phase") in {"Released", "Failed"}:
                self._discard(one["metadata"]["name"])
        taken = {one["metadata"]["name"] for one in ours if one["status"].get("phase") not in FREE}
        for megabytes, wanted in STOCK.items():
            free = sum(size == megabytes and name not in taken for name, size in self.made.items())
            for _ in range(wanted - free):
                name, mount = make_disk(self.folder, megabytes)
                self.core.create_persistent_volume(volume(name, mount, megabytes))
                self.made[name] = megabytes

    def _discard(self, name: str) -> None:
        """First the object, so that nothing is bound to a disk that is going."""
        try:
            self.core.delete_persistent_volume(name)
        except ApiException as error:
            if error.status != MISSING:
                raise
        self.made.pop(name, None)
        remove_disk(self.folder, name)

    def keep(self, ready: Path) -> None:
        self.prepare()
        while True:
            self.view.changed.wait(timeout=5)
            if not self.view.complete:
                continue
            self.view.changed.clear()
            self.round()
            ready.touch()
