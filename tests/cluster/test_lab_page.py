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
from tests.cluster.installation import unique
from tests.cluster.lab_images import lab_images
from tests.cluster.webhook import Webhook
from tests.factories.kubernetes_instance import kubernetes_instance
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = pytest.mark.docker
LAB = "gate-a-model"
#: What is refused is asked for again every minute.
SECONDS = 180.0


@dataclass(frozen=True)
class Troubled:
    """A learner, a webhook of somebody else in the way, and an image that the cluster does not have."""

    learner: Visitor
    webhook: Webhook
    image: str

    def until_told(self, *sentences: str) -> None:
        def told() -> bool:
            page = html.unescape(self.learner.page(f"/labs/{LAB}"))
            return all(one in page for one in sentences)

        until(f"the page says: {' '.join(sentences)}", told, seconds=SECONDS, every=0.3)


@pytest.fixture
def troubled(kubeconfig: Path, machine: Machine, places: Places, tmp_path: Path, databases: None) -> Iterator[Troubled]:
    real = lab_images(machine)["workspace"]
    late = f"academy.test/{unique('late')}@{real.partition('@')[2]}"
    made = kubernetes_instance(kubeconfig, machine, tmp_path, images={"workspace": late})
    with made as (academy, fence), Webhook(fence.admin, places, fence).open() as webhook:
        academy.start()
        door = f"http://{places.addresses.node}:{GATEWAY_PORT}"
        learner = Visitor(academy.address, urlsplit(academy.settings.base_url).netloc, door=door)
        learner.register()
        yield Troubled(learner, webhook, late)
        learner.client.close()
    ctr(machine, "images", "rm", late)


def test_each_trouble_is_told_with_its_reason_and_the_lab_comes_up_by_itself(
    troubled: Troubled, machine: Machine
) -> None:
    learner, webhook = troubled.learner, troubled.webhook
    with webhook.away():
        learner.start_lab(LAB)
        troubled.until_told("What runs the labs does not answer", "an admission webhook of the cluster does not answer")
        webhook.denies = "no Secrets on Saturdays"
    troubled.until_told(
        "What runs the labs does not take this one now",
        "an admission webhook of the cluster denies it",
        "no Secrets on Saturdays",
    )
    webhook.denies = None
    troubled.until_told("Your lab is coming up", f"its image {troubled.image} cannot be had; it is tried again")
    ctr(machine, "images", "tag", lab_images(machine)["workspace"], troubled.image)
    workspace = learner.wait_for_lab(LAB, seconds=SECONDS)
    assert "does not take" not in learner.page(f"/labs/{LAB}")
    # The gateway learns of a route when it is told of it.
    until("JupyterLab answers", lambda: "JupyterLab" in learner.open(workspace).text)
