"""Troubles of a cluster as the learner reads them on the lab's page, over HTTP: each by its name, and each heals."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cluster.equipment.images import ctr
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import GATEWAY_PORT, Places
from tests.cluster.installation import NAMESPACES, Installation, unique
from tests.cluster.lab_images import lab_images
from tests.cluster.people import Person
from tests.cluster.quota import quota_of_another
from tests.cluster.recorder import PASS, Act, Recorder
from tests.cluster.webhook import Webhook
from tests.factories.kubernetes_instance import kubernetes_instance
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = pytest.mark.docker
LAB = "gate-a-model"
#: What is refused is asked for again after a minute at most.
SECONDS = 180.0
#: What a proxy before an API server says that has lost it.
ILL = Act(answer=(503, "upstream connect error", {}))


@dataclass(frozen=True)
class Troubled:
    """A learner; before the API server a proxy, in it a webhook of somebody else; an image that the cluster has not."""

    learner: Visitor
    server: Recorder
    webhook: Webhook
    fence: Installation
    image: str

    @property
    def namespace(self) -> str:
        """The path of the only lab's."""
        (name,) = self.fence.labs()
        return f"{NAMESPACES}/{name}"

    def until_told(self, *sentences: str) -> None:
        def told() -> bool:
            page = html.unescape(self.learner.page(f"/labs/{LAB}"))
            return all(one in page for one in sentences)

        until(f"the page says: {' '.join(sentences)}", told, seconds=SECONDS, every=0.3)


@pytest.fixture
def troubled(kubeconfig: Path, machine: Machine, places: Places, tmp_path: Path, databases: None) -> Iterator[Troubled]:
    real = lab_images(machine)["workspace"]
    late = f"academy.test/{unique('late')}@{real.partition('@')[2]}"
    with (
        Recorder(Person(kubeconfig)).open() as server,
        kubernetes_instance(kubeconfig, machine, tmp_path, images={"workspace": late}, server=server.url) as made,
        Webhook(made[1].admin, places, made[1]).open() as webhook,
    ):
        academy, fence = made
        academy.start()
        door = f"http://{places.addresses.node}:{GATEWAY_PORT}"
        learner = Visitor(academy.address, urlsplit(academy.settings.base_url).netloc, door=door)
        learner.register()
        yield Troubled(learner, server, webhook, fence, late)
        learner.client.close()
    ctr(machine, "images", "rm", late)


def test_each_trouble_is_told_with_its_reason_and_the_lab_comes_up_by_itself(
    troubled: Troubled, machine: Machine
) -> None:
    """The next one is in the way before the one before it goes, so that each look of the platform meets one."""
    learner, server, webhook = troubled.learner, troubled.server, troubled.webhook
    server.plan = lambda call: ILL
    with webhook.away():
        learner.start_lab(LAB)
        troubled.until_told("What runs the labs does not answer", "the cluster does not answer as it should (503)")
        server.plan = lambda call: PASS
        troubled.until_told("What runs the labs does not answer", "an admission webhook of the cluster does not answer")
        webhook.denies = "no Secrets on Saturdays"
    not_now = "What runs the labs does not take this one now"
    troubled.until_told(not_now, "an admission webhook of the cluster denies it", "no Secrets on Saturdays")
    with quota_of_another(webhook.admin, troubled.namespace, services="0"):
        webhook.denies = None
        troubled.until_told(not_now, "the lab's quota is used up", "exceeded quota: tight")
    troubled.until_told("Your lab is coming up", f"its image {troubled.image} cannot be had; it is tried again")
    ctr(machine, "images", "tag", lab_images(machine)["workspace"], troubled.image)
    workspace = learner.wait_for_lab(LAB, seconds=SECONDS)
    assert "does not take" not in learner.page(f"/labs/{LAB}")
    # The gateway learns of a route when it is told of it.
    until("JupyterLab answers", lambda: "JupyterLab" in learner.open(workspace).text)
