"""Keeps a number of unclaimed volumes at hand and throws released ones away."""

import time
from pathlib import Path

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.cluster.equipment.volumes.disks import disks, make_disk, remove_disk
from tests.cluster.equipment.volumes.objects import LABEL, storage_class, volume
from tests.cluster.equipment.watching import View

CONFLICT, MISSING = 409, 404
#: Sizes in MiB, and how many of each wait unclaimed. A claim takes the smallest that fits.
STOCK = {256: 4, 1024: 12, 5120: 4}


class Keeper:
    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        def api() -> client.ApiClient:
            return config.new_client_from_config(str(kubeconfig))

        self.folder = folder
        self.core = client.CoreV1Api(api())
        self.storage = client.StorageV1Api(api())
        self.view = View({"volumes": client.CoreV1Api(api()).list_persistent_volume})

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
        free = [one for one in ours if one["status"].get("phase") in {None, "Pending", "Available"}]
        sizes = [one["spec"]["capacity"]["storage"] for one in free]
        for megabytes, wanted in STOCK.items():
            for _ in range(wanted - sum(_is_size(size, megabytes) for size in sizes)):
                name, mount = make_disk(self.folder, megabytes)
                self.core.create_persistent_volume(volume(name, mount, megabytes))

    def _discard(self, name: str) -> None:
        """First the object, so that nothing is bound to a disk that is going."""
        try:
            self.core.delete_persistent_volume(name)
        except ApiException as error:
            if error.status != MISSING:
                raise
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
            # Our own creations come back as changes: let them arrive before counting again.
            time.sleep(0.2)


def _is_size(told: str, megabytes: int) -> bool:
    """The API server may write 1024Mi as 1Gi."""
    return told in {f"{megabytes}Mi", f"{megabytes / 1024:g}Gi"}
