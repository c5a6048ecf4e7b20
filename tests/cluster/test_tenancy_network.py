"""K08 to K13: what a lab reaches, as packets from inside; the same packets arrive when its policies are taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest

from labs.providers.kubernetes.manifests import names
from tests.cluster.equipment.places import Places
from tests.cluster.equipment.world import CANARIES
from tests.cluster.probe_manifests import OTHER_TCP, TCP, UDP, WORKSPACE, service
from tests.cluster.probes import SILENCE, Lab, Target, settled
from tests.cluster.tenancy import Estate

#: An operator's ingress may have an address that is not private. This one is of the same network as the internet's
#: canary, so that nothing but the description of the cluster closes it.
OWN_RANGE, OWN_ADDRESS = "198.51.100.192/26", "198.51.100.200"
INTERNET = ("K13 the internet by TCP", "K13 the internet by UDP")
#: Case -> does a lab whose file asks for the internet reach it, too?
CASES = {
    "K08 a pod of another lab": False,
    "K08 a pod of another lab by UDP": False,
    "K08 a pod of another lab by its link-local address": False,
    "K08 a Service of another lab": False,
    "K08 the name of another lab's Service": False,
    "K09 the platform's pages": False,
    "K09 the platform's database": False,
    "K09 a Service of the platform": False,
    "K10 the API server": False,
    "K10 the API server's Service": False,
    "K11 metadata by TCP": False,
    "K11 metadata by UDP": False,
    "K12 the kubelet": False,
    "K12 a controller's port": False,
    "K12 a node port": False,
    "K12 the node by its link-local address": False,
    "K12 a public address of the cluster's own by TCP": False,
    "K12 a public address of the cluster's own by UDP": False,
    "K13 a private network by TCP": False,
    "K13 a private network by UDP": False,
    **dict.fromkeys(INTERNET, True),
}


@dataclass
class Neighbourhood:
    """Two labs without and with the internet, a third to be reached, and the platform."""

    closed: Lab
    open: Lab
    targets: dict[str, Target]
    fenced: bool = True

    @cached_property
    def with_fence(self) -> dict[str, dict[str, str]]:
        """Answers by lab, in the state that the worker left."""
        assert self.fenced, "ask for this before the fences are taken away"
        return {
            "closed": settled(self.closed, "client", self.targets, dict.fromkeys(CASES, False)),
            "open": settled(self.open, "client", self.targets, CASES),
        }

    @cached_property
    def without_fence(self) -> dict[str, dict[str, str]]:
        """Answers by lab when the policies of every lab are deleted, and nothing else is changed."""
        everything = dict.fromkeys(CASES, True)
        return {
            name: settled(lab, "client", self.targets, everything)
            for name, lab in (("closed", self.closed), ("open", self.open))
        }


@pytest.fixture(scope="module")
def neighbourhood(estate: Estate, places: Places, node_link_local: str) -> Iterator[Neighbourhood]:
    opened = estate.tenant(egress=True, cluster_says={"own_ranges": [OWN_RANGE]})
    closed, other = estate.tenant(), estate.tenant()
    platform = Lab(estate.objects, estate.installation.name)
    platform.apply(service(platform.namespace, "platform"))
    for lab, name in ((closed.lab, "client"), (opened.lab, "client"), (platform, "platform")):
        estate.settle(lab, name)
    # In the place of its workspace: the lab's own Service leads to it.
    estate.settle(other.lab, "server", labels=names.labels(other.order, "workspace"))
    ports = {"the API server": 6443, "the kubelet": 10250, "a controller's port": 10257, "a node port": 30080}
    node, there, ours = places.addresses.node, other.lab.addresses["server"], platform.addresses["platform"]
    address = {one.name: one.address for one in CANARIES}
    targets = {
        "K08 a pod of another lab": Target("tcp", there, TCP),
        "K08 a pod of another lab by UDP": Target("udp", there, UDP),
        "K08 a pod of another lab by its link-local address": Target("tcp", other.lab.link_local("server"), TCP),
        "K08 a Service of another lab": Target("tcp", other.lab.services["workspace"], WORKSPACE),
        "K08 the name of another lab's Service": Target("name", f"workspace.{other.namespace}.svc.cluster.local."),
        "K09 the platform's pages": Target("tcp", ours, TCP),
        "K09 the platform's database": Target("tcp", ours, OTHER_TCP),
        "K09 a Service of the platform": Target("tcp", platform.services["platform"], 80),
        "K10 the API server's Service": Target("tcp", places.addresses.api_service, 443),
        "K12 the node by its link-local address": Target("tcp", node_link_local, 10250),
        "K12 a public address of the cluster's own by TCP": Target("tcp", OWN_ADDRESS, 443),
        "K12 a public address of the cluster's own by UDP": Target("udp", OWN_ADDRESS, 123),
        "K11 metadata by TCP": Target("tcp", address["metadata"], 80),
        "K11 metadata by UDP": Target("udp", address["metadata"], 53),
        "K13 a private network by TCP": Target("tcp", address["private"], 443),
        "K13 a private network by UDP": Target("udp", address["private"], 53),
        "K13 the internet by TCP": Target("tcp", address["internet"], 443),
        "K13 the internet by UDP": Target("udp", address["internet"], 123),
    }
    for name, port in ports.items():
        targets[f"K1{0 if port == 6443 else 2} {name}"] = Target("tcp", node, port)
    yield Neighbourhood(closed.lab, opened.lab, targets)


@pytest.fixture(scope="module")
def without_policies(neighbourhood: Neighbourhood, estate: Estate) -> Neighbourhood:
    """The control is taken away: all policies in all labs, after they were seen to hold."""
    assert neighbourhood.with_fence
    for namespace in estate.installation.labs():
        Lab(estate.objects, namespace).set_policies()
    neighbourhood.fenced = False
    return neighbourhood


@pytest.mark.parametrize("case", CASES)
def test_a_lab_does_not_reach_it(case: str, neighbourhood: Neighbourhood) -> None:
    assert neighbourhood.with_fence["closed"][case] == SILENCE


@pytest.mark.parametrize("case", CASES)
def test_a_lab_with_the_internet_reaches_the_internet_alone(case: str, neighbourhood: Neighbourhood) -> None:
    answer = neighbourhood.with_fence["open"][case]
    assert answer != SILENCE if CASES[case] else answer == SILENCE


@pytest.mark.parametrize("case", CASES)
def test_without_its_policies_a_lab_reaches_it(case: str, without_policies: Neighbourhood) -> None:
    for answers in without_policies.without_fence.values():
        assert answers[case] != SILENCE
