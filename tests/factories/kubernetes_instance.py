"""A platform on this machine whose labs are pods on the cluster, made with the worker's own token."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

import yaml

from labs.providers.kubernetes.settings import DoorWay
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
    folder.mkdir(parents=True, exist_ok=True)
    with installed(kubeconfig, "platform") as fence:
        described = fence.settings(images=wanted, resolver_image=resolver_image(machine))
        (folder / "cluster.yaml").write_text(yaml.safe_dump(described.model_dump(mode="json")))
        workers = {"KUBECONFIG": str(fence.worker.write_kubeconfig(folder / "kubeconfig", server=server))}
        told = {"provider": "kubernetes", "cluster": str(folder / "cluster.yaml"), "installation_name": fence.name}
        with patch.dict(os.environ, workers), instance(with_labs=True, **told, **settings) as made:
            yield made, fence


@contextlib.contextmanager
def forwarded_instance(kubeconfig: Path, machine: Machine, folder: Path, port: int) -> Iterator[Instance]:
    """One that is not started yet, of a person with a kubeconfig of their own, who enters labs by this `port`."""
    folder.mkdir(parents=True, exist_ok=True)
    with installed(kubeconfig, "person") as fence:
        door = DoorWay(kind="forward", scheme="http", port=port)
        described = fence.settings(
            images=lab_images(machine), resolver_image=resolver_image(machine), door=door, worker=None, ingress=None
        )
        (folder / "cluster.yaml").write_text(yaml.safe_dump(described.model_dump(mode="json")))
        told = {"provider": "kubernetes", "cluster": str(folder / "cluster.yaml"), "installation_name": fence.name}
        with patch.dict(os.environ, {"KUBECONFIG": str(kubeconfig)}), instance(with_labs=True, **told) as made:
            made.children.add("forwarder")
            yield made
