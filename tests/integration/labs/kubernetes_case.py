"""The Kubernetes provider for the conformance suite: real pods, made with the worker's own token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.cluster.equipment.images import ctr
from tests.cluster.equipment.kubelet import MOST_PROCESSES
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import NAMESPACES, Installation, home, unique
from tests.cluster.inventory import namespaces
from tests.cluster.lab_images import lab_images, resolver_image
from tests.cluster.node_network import on_the_node
from tests.cluster.people import Person
from tests.integration.labs.case import Case


class KubernetesCase(Case):
    """An installation of its own with its fence, so that what is left of another is not waited for."""

    processes = MOST_PROCESSES

    def __init__(self, root: Path, kubeconfig: Path, machine: Machine, **cluster_says: object) -> None:
        self.fence = Installation(Person(kubeconfig), unique("case"))
        self.fence.install()
        self.domain = self.fence.domain
        self.machine = machine
        root.mkdir(parents=True)
        self.kubeconfig = self.fence.worker.write_kubeconfig(root / "kubeconfig")
        known = {"images": lab_images(machine), "resolver_image": resolver_image(machine)}
        self.settings = self.fence.settings(**known, **cluster_says)
        super().__init__(root, installation=self.fence.name)

    def again(self) -> KubernetesProvider:
        cluster = ApiCluster.of_kubeconfig(str(self.kubeconfig))
        return KubernetesProvider(cluster, self.settings, installation=self.installation, patience=120)

    def hasty(self) -> KubernetesProvider:
        one = self.again()
        one.patience = 0.1
        return one

    @contextmanager
    def judging(self) -> Iterator[None]:
        """On the node; that the worker's own pod is let in by a policy, tests/cluster/test_platform shows."""
        with on_the_node(self.machine):
            yield

    def credentials_in(self, lab: LabSpec) -> dict[str, str]:
        """Seen from the node, as not every image has a program that looks; a token was mounted where there is one."""
        pids = dict(line.split()[:2] for line in ctr(self.machine, "tasks", "list").splitlines()[1:])
        found = {}
        for pod in self.fence.admin.ask("GET", f"{home(lab)}/pods").told["items"]:
            for one in pod["status"]["containerStatuses"]:
                root = f"/proc/{pids[one['containerID'].rpartition('/')[2]]}/root"
                # Of the two the second is mostly a link to the first, and leads out of this root then, to nothing.
                look = f"find {root}/run/secrets {root}/var/run/secrets -mindepth 1 2>/dev/null; true"
                found[one["name"]] = self.machine.run("sh", "-c", f"test -d {root}/proc || exit 1; {look}")
        return found

    def end(self, lab: LabSpec) -> None:
        """Nobody waits for it: another lab has another number."""
        for namespace in namespaces(self.fence, lab):
            self.fence.admin.ask("DELETE", f"{NAMESPACES}/{namespace}")

    def clean_up(self) -> None:
        """Nobody waits for it: another case has other names."""
        self.fence.remove()
