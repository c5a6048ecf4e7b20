"""The fence of k8s/fence on the test cluster, for an installation of its own: names, label and images are replaced."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from labs.naming import host_name
from labs.providers.kubernetes.manifests.names import installation_label, namespace_name
from labs.providers.kubernetes.settings import Account, ClusterSettings, DoorWay, Pods
from labs.spec import LabSpec
from tests.cluster.equipment.objects import documents
from tests.cluster.equipment.places import CHECKOUT, GATEWAY_PORT
from tests.cluster.people import APPLY, Person
from tests.factories.waiting import until

FENCE = CHECKOUT / "k8s" / "fence"
IMAGES = ("academy.test/", "docker.io/academy/")
CLUSTER_WIDE = (
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
)
#: What Contour is told by annotations of an Ingress: without the first it lets no WebSocket through.
CONTOUR = {"projectcontour.io/websocket-routes": "/", "projectcontour.io/response-timeout": "infinity"}
#: By which it takes the certificate from another namespace.
CERTIFICATE_IN = "projectcontour.io/tls-cert-namespace"
MARKS = ("mlops-academy/digest", *CONTOUR, CERTIFICATE_IN)
INGRESS = Pods(namespace={"kubernetes.io/metadata.name": "projectcontour"}, pods={"app": "envoy"})


def place(document: dict[str, Any]) -> str:
    """Where the API keeps an object of the fence; the plural follows from the kind in all of them."""
    kind, metadata = str(document["kind"]), document["metadata"]
    plural = kind.lower().removesuffix("y") + ("ies" if kind.endswith("y") else "s")
    version = document["apiVersion"]
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{root}{within}/{plural}/{metadata['name']}"


class Installation:
    """`name` is the platform's namespace and how the fence's names begin; no other one's labs have its labs' hosts."""

    def __init__(self, admin: Person, name: str, *, images: Sequence[str] = IMAGES) -> None:
        self.admin = admin
        self.name = name
        self.domain = host_name(name)
        self.images = images
        self.worker_name = f"system:serviceaccount:{name}:worker"
        self.label = installation_label(name)

    def documents(self) -> Iterator[dict[str, Any]]:
        for file in sorted(FENCE.glob("*.yaml"), key=lambda one: (one.stem != "platform", one.stem)):
            if file.stem != "kustomization":
                yield from documents(self._own(file.read_text()))

    def _own(self, text: str) -> str:
        for known, own in {
            "system:serviceaccount:academy:worker": self.worker_name,
            "namespace: academy": f"namespace: {self.name}",
            "name: academy\n": f"name: {self.name}\n",
            "academy-": f"{self.name}-",
            "'academy'": f"'{self.name}'",
            "0000000000000000": self.label,
            "academy.example": self.domain,
            "'mlops-academy/digest'": ", ".join(f"'{one}'" for one in MARKS),
            "'registry.example/academy/'": ", ".join(f"'{one}'" for one in self.images),
        }.items():
            text = text.replace(known, own)
        return text

    def install(self) -> None:
        for one in self.documents():
            reply = self.admin.ask("PATCH", place(one), one, kind=APPLY)
            assert reply.ok, (place(one), reply)
        worker = self.worker
        # Policies and roles count when the API server's own caches have them.
        until("the worker has its role", lambda: worker.ask("GET", "/api/v1/namespaces?limit=1").ok)
        for body, says in ((namespace("not-a-lab"), "16 hex"), (namespace(f"lab-{'0' * 16}"), "this installation")):
            until("the policies hold", partial(_denies, worker, body, says))

    def remove(self) -> None:
        for kind in CLUSTER_WIDE:
            for one in self.admin.ask("GET", kind).told["items"]:
                if one["metadata"]["name"].startswith(f"{self.name}-"):
                    self.admin.ask("DELETE", f"{kind}/{one['metadata']['name']}")
        for one in self.labs():
            self.admin.ask("DELETE", f"{NAMESPACES}/{one}")
        self.admin.ask("DELETE", f"{NAMESPACES}/{self.name}")

    def labs(self) -> list[str]:
        found = self.admin.ask("GET", f"{NAMESPACES}?labelSelector=mlops-academy/installation={self.label}")
        return [one["metadata"]["name"] for one in found.told["items"]]

    def pods(self) -> list[str]:
        """What runs in its labs, or is still on its way out."""
        every = [self.admin.ask("GET", f"{NAMESPACES}/{one}/pods").told for one in self.labs()]
        return [one["metadata"]["name"] for told in every for one in told.get("items", [])]

    @property
    def worker(self) -> Person:
        return self.account(self.name, "worker")

    def account(self, namespace: str, name: str) -> Person:
        """With a token of its own, as a pod of this account would have."""
        path = f"{NAMESPACES}/{namespace}/serviceaccounts/{name}/token"
        reply = self.admin.ask("POST", path, {"spec": {"expirationSeconds": 3600}})
        assert reply.ok, reply
        return Person(self.admin.kubeconfig, reply.told["status"]["token"])

    def settings(self, **changes: object) -> ClusterSettings:
        values: dict[str, object] = {
            "images": {}, "resolver_image": "", "fence": self.name, "ingress": INGRESS, "pull_policy": "Never",
            "worker": Account(namespace=self.name, name="worker"),
            "door": DoorWay(gateway_namespace="projectcontour", scheme="http", port=GATEWAY_PORT),
        }  # fmt: skip
        return ClusterSettings.model_validate(values | changes)

    def order(self, lab_id: int = 1, **changes: object) -> LabSpec:
        values: dict[str, object] = {
            "installation": self.name, "lab_id": lab_id, "name": f"lab-{lab_id}", "components": ("workspace",),
            "host": f"lab-{lab_id}.{self.domain}", "token": secrets.token_urlsafe(32), "limits": {"disk_mb": 200},
        }  # fmt: skip
        return LabSpec.model_validate(values | changes)


NAMESPACES = "/api/v1/namespaces"


def _denies(worker: Person, body: dict[str, Any], says: str) -> bool:
    return says in worker.ask("POST", NAMESPACES, body, dry=True).message


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def home(lab: LabSpec) -> str:
    """The path of a lab's namespace."""
    return f"{NAMESPACES}/{namespace_name(lab)}"


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(3)}"


@contextmanager
def installed(kubeconfig: Path, name: str) -> Iterator[Installation]:
    """One of this name and a number of its own; it goes whatever happens, and nobody waits for that."""
    made = Installation(Person(kubeconfig), unique(name))
    try:
        made.install()
        yield made
    finally:
        made.remove()
