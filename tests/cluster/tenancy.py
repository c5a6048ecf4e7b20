"""A tenant: a lab whose fence the platform's worker put up with its own token, with probes in place of its components.

What runs in a lab is the learner's. So probes do what a learner could do, as packets, as calls with the learner's own
token, and as pods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.cluster.equipment import images
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.objects import Objects
from tests.cluster.installation import NAMESPACES, Installation, home, unique
from tests.cluster.people import Person
from tests.cluster.probe_manifests import probe_pod
from tests.cluster.probes import Lab
from tests.factories.waiting import until

#: An image that nobody has: components never start, and their probes take their place.
ABSENT = f"academy.test/absent@sha256:{'0' * 64}"


@dataclass
class Tenant:
    """`lab` reaches into its namespace as an administrator, `learner` asks with the learner's own token."""

    order: LabSpec
    provider: KubernetesProvider
    lab: Lab
    learner: Person

    @property
    def namespace(self) -> str:
        return self.lab.namespace


class Estate:
    """One installation of the platform with its tenants, and namespaces without any fence to compare."""

    def __init__(self, kubeconfig: Path, objects: Objects, machine: Machine, folder: Path) -> None:
        self.objects, self.folder = objects, folder
        self.admin = Person(kubeconfig)
        self.installation = Installation(self.admin, unique("tenancy"))
        self.probe = images.by_digest(machine, images.REFERENCES["probe"])
        self._strays: list[str] = []
        self._last = 0

    def install(self) -> None:
        self.installation.install()

    def tenant(self, *, cluster_says: Mapping[str, object] | None = None, **more: object) -> Tenant:
        """`cluster_says` is what the installation is told of its cluster, the rest is what the lab asks for."""
        self._last += 1
        order = self.installation.order(self._last, **more)
        path = self.folder / f"worker-{self._last}"
        self.installation.worker.write_kubeconfig(path)
        wanted = dict.fromkeys((*order.components, "tools"), ABSENT)
        settings = self.installation.settings(images=wanted, resolver_image=ABSENT, **(cluster_says or {}))
        cluster = ApiCluster.of_kubeconfig(str(path))
        provider = KubernetesProvider(cluster, settings, installation=self.installation.name, patience=60)
        provider.ensure(order)
        name = home(order).rpartition("/")[2]
        lab = Lab(self.objects, name)
        # Components that never start would use up what the quota grants; the fence stays.
        provider.stop(order)
        account = "learner" if order.kubectl else "default"
        until("its account", lambda: self.admin.ask("GET", f"{home(order)}/serviceaccounts/{account}").ok)
        return Tenant(order, provider, lab, self.installation.account(name, account))

    def plain(self, **labels: str) -> Lab:
        """A namespace as anybody makes one: nothing is fenced."""
        name = unique("plain")
        self._strays.append(name)
        lab = Lab(self.objects, name)
        lab.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        until("its account", lambda: self.admin.ask("GET", f"{NAMESPACES}/{name}/serviceaccounts/default").ok)
        return lab

    def pod(self, namespace: str, name: str, *, image: str | None = None, **more: Any) -> dict[str, Any]:
        """A probe under its digest, as the fence wants it."""
        made = probe_pod(namespace, name, **more)
        made["spec"]["containers"][0]["image"] = image or self.probe
        return made

    def settle(self, lab: Lab, *names: str, **more: Any) -> None:
        """Probes, ready when it returns; every Service of the namespace is noted."""
        lab.apply(*(self.pod(lab.namespace, name, **more) for name in names))
        lab.wait_ready(names)
        for one in lab.core.list_namespaced_service(lab.namespace).items:
            lab.services[one.metadata.name] = one.spec.cluster_ip

    def let_in(self, tenant: Tenant, lab: Lab) -> None:
        """The learner may do in a plain namespace what it may do in its own."""
        subject = {"kind": "ServiceAccount", "name": "learner", "namespace": tenant.namespace}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole"}
        lab.apply({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "guest", "namespace": lab.namespace}, "subjects": [subject],
            "roleRef": {**role, "name": f"{self.installation.name}-lab-learner"},
        })  # fmt: skip

    def remove(self) -> None:
        for name in self._strays:
            self.admin.ask("DELETE", f"{NAMESPACES}/{name}")
        self.installation.remove()
