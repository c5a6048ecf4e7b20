"""A platform on this machine whose labs are pods on the cluster, made with the worker's own token."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

import yaml

from labs.providers.kubernetes.settings import ClusterSettings, DoorWay
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import Installation, installed
from tests.cluster.lab_images import lab_images, resolver_image
from tests.factories.instance import Instance, instance


@contextlib.contextmanager
def kubernetes_instance(
    kubeconfig: Path,
    machine: Machine,
    folder: Path,
    *,
    images: Mapping[str, str] | None = None,
    server: str | None = None,
    **settings: str,
) -> Iterator[tuple[Instance, Installation]]:
    """One that is not started yet, and the installation on the cluster that it is.

    `images` are in place of the real ones; `server` is what the workers take for the API server.
    """
    wanted = {**lab_images(machine), **(images or {})}
    with installed(kubeconfig, "platform") as fence:
        described = fence.settings(images=wanted, resolver_image=resolver_image(machine))
        told = _told(fence, described, folder)
        workers = {"KUBECONFIG": str(fence.worker.write_kubeconfig(folder / "kubeconfig", server=server))}
        with patch.dict(os.environ, workers), instance(with_labs=True, **told, **settings) as made:
            yield made, fence


@contextlib.contextmanager
def forwarded_instance(
    kubeconfig: Path, machine: Machine, folder: Path, port: int, **settings: str
) -> Iterator[tuple[Instance, Installation]]:
    """Likewise, of a person with a kubeconfig of their own, who enters labs by this `port`."""
    with installed(kubeconfig, "person") as fence:
        door = DoorWay(kind="forward", scheme="http", port=port)
        described = fence.settings(
            images=lab_images(machine), resolver_image=resolver_image(machine), door=door, worker=None, ingress=None
        )
        told = _told(fence, described, folder)
        own = {"KUBECONFIG": str(kubeconfig)}
        with patch.dict(os.environ, own), instance(with_labs=True, **told, **settings) as made:
            made.children.add("forwarder")
            yield made, fence


def _told(fence: Installation, described: ClusterSettings, folder: Path) -> dict[str, str]:
    """The platform's own settings; its description of the cluster is written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = folder / "cluster.yaml"
    cluster.write_text(yaml.safe_dump(described.model_dump(mode="json")))
    return {
        "provider": "kubernetes", "cluster": str(cluster), "installation_name": fence.name, "labs_domain": fence.domain,
    }  # fmt: skip
