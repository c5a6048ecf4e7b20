"""Troubles of a cluster as the learner reads them on the lab's page, over HTTP, and a worker that dies: all heals."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labs.providers.kubernetes.cluster import NAMESPACE
from labs.providers.kubernetes.manifests.names import namespace_name
from labs.spec import LabSpec
from lms.models import Lab
from tests.cluster.equipment.images import ctr
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import GATEWAY_PORT, Places
from tests.cluster.installation import NAMESPACES, Installation, home, namespace, unique
from tests.cluster.inventory import GIVEN, inventory, namespaces, pods
from tests.cluster.lab_images import lab_images, pause_image
from tests.cluster.pausing import pausing
from tests.cluster.people import Person
from tests.cluster.quota import quota_of_another
from tests.cluster.recorder import PASS, Act, Call, Recorder
from tests.cluster.webhook import Webhook
from tests.factories.instance import Instance
from tests.factories.kubernetes_instance import kubernetes_instance
from tests.factories.lab_rows import labs_of
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = pytest.mark.docker
LAB = "gate-a-model"
#: What is refused is asked for again after a minute at most.
SECONDS = 180.0
#: What a proxy before an API server says that has lost it.
ILL = Act(answer=(503, "upstream connect error", {}))


@dataclass(frozen=True)
class Site:
    """A platform; before the API server a proxy, in it somebody's webhook; an image that the cluster has not."""

    academy: Instance
    fence: Installation
    server: Recorder
    webhook: Webhook
    image: str

    @property
    def row(self) -> Lab:
        """Of the lab that was asked for last."""
        return labs_of(self.academy)[-1]

    @property
    def lab(self) -> LabSpec:
        """The same as the cluster knows it."""
        row = self.row
        return self.fence.order(row.id, name=row.name, generation=row.generation)

    def until_told(self, learner: Visitor, *sentences: str) -> None:
        def told() -> bool:
            page = html.unescape(learner.page(f"/labs/{LAB}"))
            return all(one in page for one in sentences)

        until(f"the page says: {' '.join(sentences)}", told, seconds=SECONDS, every=0.3)

    @contextmanager
    def worker_killed(self, at: Callable[[Call], bool]) -> Iterator[None]:
        """The next such call succeeds, and the Celery worker dies before it hears of it; then there is another one."""
        before, struck = self.academy.pids()["worker"], list[Call]()

        def plan(call: Call) -> Act:
            if struck or not at(call):
                return PASS
            struck.append(call)
            return Act(kill="after")

        self.server.has_victim(before, with_forks=True)
        self.server.plan = plan
        yield
        until("the call", lambda: struck)
        until("another worker", lambda: self.academy.pids().get("worker", before) != before)


@pytest.fixture(scope="module")
def site(
    kubeconfig: Path, machine: Machine, places: Places, tmp_path_factory: pytest.TempPathFactory, databases: None
) -> Iterator[Site]:
    real, folder = lab_images(machine)["workspace"], tmp_path_factory.mktemp("site")
    late = f"academy.test/{unique('late')}@{real.partition('@')[2]}"
    with (
        Recorder(Person(kubeconfig)).open() as server,
        kubernetes_instance(kubeconfig, machine, folder, images={"workspace": late}, server=server.url) as made,
        Webhook(made[1].admin, places, made[1]).open() as webhook,
    ):
        made[0].start()
        yield Site(*made, server, webhook, late)
    ctr(machine, "images", "rm", late)


@pytest.fixture
def learner(site: Site, places: Places) -> Iterator[Visitor]:
    door = f"http://{places.addresses.node}:{GATEWAY_PORT}"
    visitor = Visitor(site.academy.address, urlsplit(site.academy.settings.base_url).netloc, door=door)
    visitor.register()
    yield visitor
    visitor.client.close()


@pytest.fixture
def pause(site: Site, machine: Machine) -> Iterator[None]:
    """Labs that are made meanwhile only wait: what they hold is as ever, and they are ready within a second."""
    before, site.server.alter = site.server.alter, pausing(pause_image(machine))
    yield
    site.server.alter, site.server.plan = before, lambda call: PASS


def test_each_trouble_is_told_with_its_reason_and_the_lab_comes_up_by_itself(
    site: Site, learner: Visitor, machine: Machine
) -> None:
    """The next one is in the way before the one before it goes, so that each look of the platform meets one."""
    server, webhook = site.server, site.webhook
    server.plan = lambda call: ILL
    with webhook.away():
        learner.start_lab(LAB)
        site.until_told(learner, "What runs the labs does not answer", "the cluster does not answer as it should (503)")
        server.plan = lambda call: PASS
        away = "an admission webhook of the cluster does not answer"
        site.until_told(learner, "What runs the labs does not answer", away)
        webhook.denies = "no Secrets on Saturdays"
    not_now = "What runs the labs does not take this one now"
    site.until_told(learner, not_now, "an admission webhook of the cluster denies it", "no Secrets on Saturdays")
    with quota_of_another(webhook.admin, home(site.lab), services="0"):
        webhook.denies = None
        site.until_told(learner, not_now, "the lab's quota is used up", "exceeded quota: tight")
    site.until_told(learner, "Your lab is coming up", f"its image {site.image} cannot be had; it is tried again")
    ctr(machine, "images", "tag", lab_images(machine)["workspace"], site.image)
    workspace = learner.wait_for_lab(LAB, seconds=SECONDS)
    assert "does not take" not in learner.page(f"/labs/{LAB}")
    # The gateway learns of a route when it is told of it.
    until("JupyterLab answers", lambda: "JupyterLab" in learner.open(workspace).text)


def makes_a_namespace(call: Call) -> bool:
    return (call.method, call.path) == ("POST", NAMESPACE.path())


def test_a_name_that_is_somebody_elses_is_told_of_and_left_alone(site: Site, learner: Visitor) -> None:
    """K20: they were a moment faster than the worker. Neither starting nor deleting the lab touches what is theirs."""
    admin, theirs = site.fence.admin, list[str]()

    def plan(call: Call) -> Act:
        if not theirs and makes_a_namespace(call):
            name = namespace_name(site.lab)
            theirs.append(str(admin.ask("POST", NAMESPACES, namespace(name)).told["metadata"]["uid"]))
        return PASS

    site.server.plan = plan
    learner.start_lab(LAB)
    lab = site.lab
    reason = f"the namespace {namespace_name(lab)} is there and is not ours: an administrator has to look at it"
    site.until_told(learner, "Somebody else's things are where this lab belongs", reason)
    learner.post(f"/labs/of/{lab.lab_id}/delete", form_at=f"/labs/{LAB}")
    until("the lab is deleted", lambda: site.row.state == "deleted", seconds=SECONDS)
    there = admin.ask("GET", home(lab)).told["metadata"]
    assert [there["uid"]] == theirs and "deletionTimestamp" not in there
    assert set(inventory(admin, lab)) <= GIVEN
    admin.ask("DELETE", home(lab))


@pytest.mark.usefixtures("pause")
def test_a_worker_killed_before_it_hears_that_it_made_or_deleted_a_lab_is_followed_by_the_next(
    site: Site, learner: Visitor
) -> None:
    """The real worker, with its row and its lease: nothing is made anew, nothing twice, and nothing is left."""
    admin = site.fence.admin
    with site.worker_killed(makes_a_namespace):
        learner.start_lab(LAB)
    made = json.loads(site.server.unheard[-1])["metadata"]
    until("the lab is ready", lambda: site.row.state == "ready", seconds=SECONDS)
    row, lab = site.row, site.lab
    assert namespaces(site.fence, lab) == {made["name"]: made["uid"]}
    assert (row.generation, row.starts, row.trouble) == (1, 1, None)
    running = pods(admin, lab)
    assert {"mlflow", "workspace"} <= running.keys() and all(len(uids) == 1 for uids in running.values()), running
    with site.worker_killed(lambda call: (call.method, call.path) == ("DELETE", home(lab))):
        learner.post(f"/labs/of/{row.id}/delete", form_at=f"/labs/{LAB}")
    until("the lab is deleted", lambda: site.row.state == "deleted", seconds=SECONDS)
    assert admin.ask("GET", home(lab)).status == 404 and namespaces(site.fence, lab) == {}
    assert [one.id for one in labs_of(site.academy) if one.user_id == row.user_id] == [row.id]
