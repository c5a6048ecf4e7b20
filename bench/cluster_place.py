"""The real cluster for measurements: an installation with its fence, and platforms whose labs run there."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from labs.providers.kubernetes import finding
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.cluster import DEPLOYMENT, NAMESPACE, POD
from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import namespace_name
from labs.providers.kubernetes.manifests.recipe import Recipe
from labs.providers.kubernetes.settings import ClusterSettings
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.up import up
from tests.cluster.installation import NAMESPACES, Installation, installed
from tests.cluster.lab_images import lab_images, pause_image, resolver_image
from tests.factories.instance import Instance, instance
from tests.factories.waiting import until

#: How often what is waited for is asked.
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Made:
    """When the namespace was made, the last workload was ordered, and the last pod was ready."""

    namespace: float
    ordered: float
    pods: float


@dataclass(frozen=True)
class Ground:
    """Where labs are made; `pause` is an image whose containers only wait."""

    machine: Machine
    installation: Installation
    settings: ClusterSettings
    kubeconfig: Path
    pause: str
    folder: Path

    def administrator(self) -> ApiCluster:
        """Whom no role and no policy keeps waiting."""
        return ApiCluster.of_kubeconfig(str(self.machine.places.kubeconfig))

    def paused(self) -> ClusterSettings:
        """The same cluster, whose every image is the one that only waits."""
        images = dict.fromkeys(self.settings.images, self.pause)
        return self.settings.model_copy(update={"images": images, "resolver_image": self.pause})

    @contextlib.contextmanager
    def platform(self, **settings: str) -> Iterator[Instance]:
        """`lms up` whose labs run on this cluster, with the worker's own token."""
        told = self.settings.model_dump(mode="json")
        described, images = self.folder / "cluster.yaml", self.folder / "images.json"
        described.write_text(yaml.safe_dump(told))
        images.write_text(json.dumps(dict(self.settings.images)))
        own = {
            "provider": "kubernetes", "cluster": str(described), "lab_images": str(images),
            "labs_domain": self.installation.domain, "installation_name": self.installation.name,
            "labs_at_once": "100", "limits_enabled": "false",
        }  # fmt: skip
        with instance(with_labs=True, **own | settings) as platform:
            platform.start()
            yield platform

    def made(self, lab_id: int) -> Made:
        """When the objects of this lab came to be, by the cluster's clock."""
        client, mine = self.administrator(), f"{names.LAB_ID}={lab_id},{names.INSTALLATION}={self.installation.label}"
        home, *_ = client.list(NAMESPACE, selector=mine)
        deployments, pods = (client.list(kind, selector=mine) for kind in (DEPLOYMENT, POD))
        changed = [one for pod in pods for one in pod["status"]["conditions"] if one["type"] == "Ready"]
        return Made(
            finding.moment(home["metadata"]["creationTimestamp"]) or 0,
            max(finding.moment(one["metadata"]["creationTimestamp"]) or 0 for one in deployments),
            max(finding.moment(one["lastTransitionTime"]) or 0 for one in changed),
        )

    def empty(self) -> float:
        """Every lab goes; the seconds until the last was gone."""
        for name in self.installation.labs():
            self.installation.admin.ask("DELETE", f"{NAMESPACES}/{name}")
        return until("an empty cluster", lambda: not self.installation.labs(), seconds=300, every=LOOK_SECONDS)


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """The cluster that runs, or one that is started for this and then stays up: bringing images takes long."""
    places = Places.default()
    up(places, lambda _: None)
    notes = read_notes(places.notes)
    assert notes is not None
    machine = Machine(places, notes)
    with (
        tempfile.TemporaryDirectory(prefix="bench-cluster-") as folder,
        installed(places.kubeconfig, "bench") as installation,
    ):
        kubeconfig = installation.worker.write_kubeconfig(Path(folder) / "kubeconfig")
        os.environ["KUBECONFIG"] = str(kubeconfig)  # where the platform's processes look, and `lms down` after them
        settings = installation.settings(images=lab_images(machine), resolver_image=resolver_image(machine))
        yield Ground(machine, installation, settings, kubeconfig, pause_image(machine), Path(folder))


@dataclass(frozen=True)
class Floor:
    """Seconds until everything was applied, and until all of it ran."""

    applied: float
    ready: float


def floor(client: ApiCluster, recipes: Sequence[Recipe], *, hands: int | None = None) -> Floor:
    """One client applies the very same objects, at the same concurrency, and waits."""
    started = time.monotonic()
    with ThreadPoolExecutor(hands or len(recipes)) as pool:
        applied = list(pool.map(lambda one: _apply_and_wait(client, one), recipes))
    return Floor(max(applied) - started, time.monotonic() - started)


def _apply_and_wait(client: ApiCluster, recipe: Recipe) -> float:
    """When all of it was applied; returns when all of it runs."""
    client.create(recipe.namespace)
    for one in (*recipe.entry, *recipe.fence):
        client.apply(one)
    made = [client.apply(one) for one in recipe.holdings]
    addresses = {one["metadata"]["name"]: one["spec"]["clusterIP"] for one in made if one["kind"] == "Service"}
    wanted = recipe.workloads(addresses)
    for one in wanted:
        client.apply(one)
    applied, where = time.monotonic(), namespace_name(recipe.lab)
    count = sum(one["kind"] == "Deployment" for one in wanted)
    until("its pods", lambda: _ready(client, where) == count, seconds=600, every=LOOK_SECONDS)
    return applied


def _ready(client: ApiCluster, namespace: str) -> int:
    found = client.list(DEPLOYMENT, namespace)
    return sum((one.get("status") or {}).get("readyReplicas") == 1 for one in found)
