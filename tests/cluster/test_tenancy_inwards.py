"""Who comes into a lab, and into an exam: nobody from outside, whatever it calls itself; its examiner, into an exam.

Nothing holds the outsiders back where they stand: what keeps their packets is the fence of whom they knock at, and they
arrive when that is taken away.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from labs.exams.asking import FIRST_PORT
from labs.exams.hosts.cluster_manifests import ExamPlace
from labs.exams.remote_runner import EXAMINER
from labs.providers.kubernetes.manifests import names
from tests.cluster.probe_manifests import TCP, WORKSPACE
from tests.cluster.probes import SILENCE, Lab, Target, settled
from tests.cluster.tenancy import Estate, Tenant
from tests.integration.exams.cluster_ground import make_host

Answers = dict[str, dict[str, str]]
LAB = (
    "a lab's workspace by TCP", "a lab's workspace by UDP", "a lab's workspace by its link-local address",
    "a lab's workspace by its Service", "another port of a lab",
)  # fmt: skip
EXAM = (
    "an exam's system by TCP", "an exam's system by UDP", "an exam's system by its link-local address",
    "an exam's examiner",
)  # fmt: skip
#: What its own examiner reaches: one way, so that others' silence is not that of a system that answers nobody.
WAY_IN = {**dict.fromkeys(EXAM[:3], False), EXAM[0]: True, "another port of the system": False}
STRANGERS = ("the platform", "a plain pod that calls itself ingress and examiner")
#: A lab whose own fence is gone, so that only the exam's keeps it out.
OPENED = "a lab"
CASES = [*((who, door) for who in STRANGERS for door in (*LAB, *EXAM)), *((OPENED, door) for door in EXAM)]
#: On the ports of a workspace and of a system, by UDP too.
LISTENS = ["python3", "/probe/listen.py", f"{TCP},{WORKSPACE},{FIRST_PORT}", f"{WORKSPACE},{FIRST_PORT}"]


@dataclass
class Ground:
    """Probes in the place of a lab's workspace, of an exam's system and of its examiner; and who else knocks."""

    lab: Lab
    systems: Lab
    examiner: Lab
    strangers: dict[str, tuple[Lab, str]]
    doors: dict[str, Target] = field(default_factory=dict)

    def from_outside(self, *, comes_in: bool) -> Answers:
        """What all strangers hear at all doors."""
        wanted = dict.fromkeys(self.doors, comes_in)
        with ThreadPoolExecutor() as pool:
            asked = {
                who: pool.submit(settled, lab, pod, self.doors, wanted) for who, (lab, pod) in self.strangers.items()
            }
            return {who: one.result() for who, one in asked.items()}

    def from_lab(self, *, comes_in: bool) -> Answers:
        """What the lab hears at the exam's doors, once it reaches others."""
        platform = self.strangers["the platform"][0]
        elsewhere = {"elsewhere": Target("tcp", platform.addresses["platform"], TCP)}
        wanted = {**dict.fromkeys(EXAM, comes_in), "elsewhere": True}
        heard = settled(self.lab, "server", {name: self.doors[name] for name in EXAM} | elsewhere, wanted)
        assert heard.pop("elsewhere") != SILENCE, "its own fence is still there"
        return {OPENED: heard}

    def from_examiner(self) -> dict[str, str]:
        """What the exam's own examiner hears at its system."""
        other = Target("tcp", self.systems.addresses["system"], TCP)
        targets = {name: self.doors.get(name, other) for name in WAY_IN}
        return settled(self.examiner, "examiner", targets, WAY_IN)


@pytest.fixture(scope="module")
def tenant(estate: Estate) -> Tenant:
    return estate.tenant()


@pytest.fixture(scope="module")
def exam(estate: Estate, tenant: Tenant) -> Iterator[ExamPlace]:
    """The namespaces of an exam behind their fences, as the worker makes them."""
    kubeconfig = estate.installation.worker.write_kubeconfig(estate.folder / "exam")
    host = make_host(str(kubeconfig), tenant.provider.settings, estate.installation.name)
    place = ExamPlace(host.settings, host.installation, secrets.token_hex(6), EXAMINER)
    host._put_up(place, place.other)
    yield place
    host.end_all()


@pytest.fixture(scope="module")
def ground(estate: Estate, tenant: Tenant, exam: ExamPlace) -> Ground:
    lab, systems, examiner = tenant.lab, Lab(estate.objects, exam.other.name), Lab(estate.objects, exam.name)
    platform, plain = Lab(estate.objects, estate.installation.name), estate.plain()
    # The lab's own Service leads to it.
    listening, workspace = {"command": LISTENS}, names.labels(tenant.order, "workspace")
    wanted = [
        (lab, estate.pod(lab.namespace, "server", labels=workspace, container=listening)),
        (systems, estate.pod(systems.namespace, "system", labels=exam.other.labels, container=listening)),
        (examiner, estate.pod(examiner.namespace, "examiner", labels=exam.labels, container=listening)),
        (platform, estate.pod(platform.namespace, "platform")),
        (plain, estate.pod(plain.namespace, "envoy", labels=exam.labels)),
    ]
    for one, pod in wanted:
        one.apply(pod)
    for one, pod in wanted:
        one.wait_ready([pod["metadata"]["name"]])
    made = Ground(lab, systems, examiner, dict(zip(STRANGERS, [(platform, "platform"), (plain, "envoy")], strict=True)))
    made.doors = doors(made)
    return made


def doors(ground: Ground) -> dict[str, Target]:
    there, system = ground.lab.addresses["server"], ground.systems.addresses["system"]
    service = ground.lab.core.read_namespaced_service("workspace", ground.lab.namespace).spec.cluster_ip
    at_lab = (
        Target("tcp", there, WORKSPACE), Target("udp", there, WORKSPACE),
        Target("tcp", ground.lab.link_local("server"), WORKSPACE), Target("tcp", service, WORKSPACE),
        Target("tcp", there, TCP),
    )  # fmt: skip
    at_exam = (
        Target("tcp", system, FIRST_PORT), Target("udp", system, FIRST_PORT),
        Target("tcp", ground.systems.link_local("system"), FIRST_PORT),
        Target("tcp", ground.examiner.addresses["examiner"], FIRST_PORT),
    )  # fmt: skip
    return dict(zip((*LAB, *EXAM), (*at_lab, *at_exam), strict=True))


@pytest.fixture(scope="module")
def fenced(ground: Ground) -> Answers:
    """Every fence stands; then the lab's own is taken away, and the exam's stands."""
    heard = ground.from_outside(comes_in=False)
    heard[EXAMINER] = ground.from_examiner()
    ground.lab.set_policies()
    return heard | ground.from_lab(comes_in=False)


@pytest.fixture(scope="module")
def unfenced(ground: Ground, fenced: Answers) -> Answers:
    """The control is taken away, after it was seen to hold."""
    for one in (ground.systems, ground.examiner):
        one.set_policies()
    return ground.from_outside(comes_in=True) | ground.from_lab(comes_in=True)


@pytest.mark.parametrize(("who", "door"), CASES)
def test_nobody_comes_in_from_outside(who: str, door: str, fenced: Answers) -> None:
    assert fenced[who][door] == SILENCE


@pytest.mark.parametrize(("who", "door"), CASES)
def test_without_the_policies_they_come_in(who: str, door: str, unfenced: Answers) -> None:
    assert unfenced[who][door] != SILENCE


def test_its_examiner_comes_in_and_by_one_way_only(fenced: Answers) -> None:
    assert {door: answer != SILENCE for door, answer in fenced[EXAMINER].items()} == WAY_IN
