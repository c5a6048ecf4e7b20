"""The platform on the test cluster, by its chart: images built and brought, values written, installed, waited for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from labs.providers.kubernetes.manifests.names import installation_label
from tests.cluster.equipment import builds, images
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.notes import read_notes
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import CHECKOUT, EquipmentError, Places
from tests.cluster.equipment.programs import run

CHART = CHECKOUT / "k8s"
HOST, PORT = "academy.test", 30080
LABS_DOMAIN = f"labs.{HOST}"
RELEASE = "academy"
SECONDS = 420


@dataclass(frozen=True)
class Installed:
    """Where the platform is: `address` is the door, at which `host` is asked for."""

    namespace: str
    address: str
    host: str

    @property
    def url(self) -> str:
        return f"http://{self.host}:{PORT}"

    @property
    def label(self) -> str:
        """By which its labs' namespaces are known."""
        return installation_label(f"{self.namespace}.{RELEASE}")


def install(places: Places, say: Callable[[str], None], *, namespace: str = RELEASE) -> Installed:
    """One command: everything is built and brought if need be; an installation that is there is brought up to date."""
    wanted = values(bring(_machine(places), say), places)
    values_file(places).write_text(yaml.safe_dump(wanted))
    Objects(places.kubeconfig).apply([restricted(namespace)])
    say("helm upgrade --install")
    upgrade(places, values_file(places), namespace=namespace)
    return Installed(namespace, f"http://{places.addresses.node}:{PORT}", HOST)


def values_file(places: Places) -> Path:
    """What the installation was told last."""
    return places.folder("platform") / "values.yaml"


def _machine(places: Places) -> Machine:
    notes = read_notes(places.notes)
    if notes is None or not notes.alive:
        raise EquipmentError("no cluster is up (make cluster)")
    return Machine(places, notes)


def helm(places: Places, *arguments: str | Path) -> str:
    program = builds.helm(places.cache)
    return run([program, *arguments], env={"KUBECONFIG": str(places.kubeconfig)})


def upgrade(places: Places, *files: Path, namespace: str, release: str = RELEASE) -> None:
    """Later files win."""
    told: list[str | Path] = [word for file in files for word in ("--values", file)]
    how: list[str | Path] = ["--namespace", namespace, *told, "--wait", "--timeout", f"{SECONDS}s"]
    helm(places, "upgrade", "--install", release, CHART, *how)


def remove(places: Places, *, namespace: str = RELEASE, release: str = RELEASE) -> None:
    """The release, the labs that it made, and its namespace with the volumes that a release keeps."""
    _machine(places)
    helm(places, "uninstall", release, "--namespace", namespace, "--ignore-not-found", "--wait")
    label = installation_label(f"{namespace}.{release}")
    _kubectl(places, "delete", "namespace", "--selector", f"mlops-academy/installation={label}", "--wait=false")
    _kubectl(places, "delete", "namespace", namespace, "--ignore-not-found", "--timeout", f"{SECONDS}s")


def bring(machine: Machine, say: Callable[[str], None]) -> dict[str, str]:
    """Every image by its digest, from this machine's Docker, where they are built if need be."""
    from deploy import images as platform_images
    from labs.images import BUILD_SECONDS
    from labs.providers.docker import api
    from tests.factories import docker_images

    say("images of labs")
    built = dict(docker_images.images())
    client = api.connect(None, timeout=BUILD_SECONDS)
    say("images of the platform")
    built |= platform_images.ensure(client, base=docker_images.base(client), say=say)
    del built["door"]  # labs on Docker have it
    _load(machine, list(built.values()), say)
    brought = {name: images.by_digest(machine, reference) for name, reference in built.items()}
    brought["resolver"] = images.by_digest(machine, images.REFERENCES["coredns"])
    return brought


def _load(machine: Machine, references: list[str], say: Callable[[str], None]) -> None:
    """Those that the cluster has not; their names follow from what they are made of. Layers they share go once."""
    there = images.ctr(machine, "images", "list", "--quiet").split()
    missing = [one for one in references if f"docker.io/{one}" not in there]
    if not missing:
        return
    say(f"into the cluster: {', '.join(missing)}")
    archive = machine.places.folder("incoming") / "platform.tar"
    try:
        run(["docker", "save", "--output", archive, *missing])
        images.bring(machine, archive)
    finally:
        archive.unlink(missing_ok=True)


def values(brought: dict[str, str], places: Places) -> dict[str, object]:
    """A trial: everything in the chart, one pod of each role, restricted like any other."""
    repository, _, digest = brought["platform"].partition("@")
    own = {"platform", "postgresql", "valkey", "resolver"}
    labs = {name: reference for name, reference in brought.items() if name not in own}
    # Requests are also shares of a busy machine: with less it takes minutes to start.
    small = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "768Mi"}}
    return {
        "image": {"repository": repository, "digest": digest},
        "publicUrl": f"http://{HOST}:{PORT}",
        "web": {
            "autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 2, "targetCPU": 100},
            "resources": {**small, "requests": {"cpu": "200m", "memory": "128Mi"}},
        },
        "worker": {"resources": small},
        "examiner": {"resources": small},
        "beat": {"resources": small},
        "postgresql": {"enabled": True, "image": brought["postgresql"], "size": "1Gi"},
        "valkey": {"enabled": True, "image": brought["valkey"]},
        "uploads": {"accessMode": "ReadWriteOnce", "size": "200Mi"},
        "route": {"kind": "httproute", "gateway": {"name": "academy", "namespace": "projectcontour"}},
        "labs": {
            "domain": LABS_DOMAIN,
            "port": PORT,
            "images": labs,
            "resolverImage": brought["resolver"],
            "imagePlaces": ["docker.io/academy/", "academy.test/"],
            "ownRanges": [places.addresses.link, places.addresses.pods, places.addresses.services],
        },
        "apiServer": {"addresses": [f"{places.addresses.node}/32"], "port": 6443},
        "networkPolicies": {
            "ingress": {"namespace": {"kubernetes.io/metadata.name": "projectcontour"}, "pods": {"app": "envoy"}}
        },
    }


def restricted(name: str) -> dict[str, object]:
    """A namespace for the platform's pods."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pods(places: Places, namespace: str) -> list[dict[str, Any]]:
    """Those that are meant to be there: neither on their way out nor of an earlier migration."""
    found = json.loads(_kubectl(places, "--namespace", namespace, "get", "pods", "--output", "json"))["items"]
    return [one for one in found if "deletionTimestamp" not in one["metadata"]]


def execute(places: Places, namespace: str, role: str, *command: str) -> str:
    """What a command says in the pod of a role."""
    where = ["--namespace", namespace, "exec", f"deployment/{RELEASE}-{role}", "--container", role]
    return _kubectl(places, *where, "--", *command)


def _kubectl(places: Places, *arguments: str) -> str:
    program = builds.kubernetes(places.cache) / "kubectl"
    return run([program, *arguments], env={"KUBECONFIG": str(places.kubeconfig)})
