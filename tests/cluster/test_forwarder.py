"""A person with a cluster and no ingress: labs that are kept ready for them, and their way in, which is a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from labs.door_key import door_key, new_claim
from labs.exams.services import free_port
from lms.models import Lab
from tests.cluster.equipment.machine import Machine
from tests.cluster.installation import Installation
from tests.cluster.inventory import namespaces, pods
from tests.factories.instance import Instance
from tests.factories.kubernetes_instance import forwarded_instance
from tests.factories.lab_rows import labs_of
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = pytest.mark.docker
LAB = "gate-a-model"
SECONDS = 240.0


@dataclass(frozen=True)
class Home:
    """A person's platform, which keeps one lab ready, and the person in its pages; `kept` is the row of that lab."""

    academy: Instance
    fence: Installation
    learner: Visitor
    kept: Lab

    @property
    def pool(self) -> list[Lab]:
        return [one for one in labs_of(self.academy) if one.user_id is None]

    def held(self, row: Lab) -> tuple[dict[str, str], dict[str, list[str]]]:
        """The lab's namespaces and pods, by their UIDs."""
        lab = self.fence.order(row.id, name=row.name, generation=row.generation)
        return namespaces(self.fence, lab), pods(self.fence.admin, lab)

    def ask(self, url: str) -> httpx.Response | None:
        """What the forwarder brings from a lab, by the port that the lab's address names; None where it is away."""
        self.learner.door = f"http://127.0.0.1:{urlsplit(url).port}"
        try:
            return self.learner.open(url)
        except httpx.TransportError:
            return None

    def opens(self, workspace: str) -> bool:
        answer = self.ask(workspace)
        return answer is not None and "JupyterLab" in answer.text

    def heard_with(self, keys: Iterable[str], row: Lab) -> set[int]:
        """What a lab answers who brings these keys."""
        assert row.observed
        door = row.observed["seen"]["door"]["url"]
        found = [self.ask(f"{door}/api/contents?token={key}") for key in keys]
        return {one.status_code if one is not None else 0 for one in found}


@pytest.fixture(scope="module")
def home(
    kubeconfig: Path, machine: Machine, tmp_path_factory: pytest.TempPathFactory, databases: None
) -> Iterator[Home]:
    folder, port = tmp_path_factory.mktemp("person"), free_port()
    with forwarded_instance(kubeconfig, machine, folder, port, lab_pool=f"{LAB}=1") as (academy, fence):
        academy.start()
        until("the pool", lambda: [one.state for one in labs_of(academy)] == ["ready"], seconds=SECONDS)
        learner = Visitor(academy.address, urlsplit(academy.settings.base_url).netloc, door="")
        learner.register()
        yield Home(academy, fence, learner, labs_of(academy)[0])
        learner.client.close()


def test_a_claim_gives_a_lab_that_is_up_a_key_of_its_own_and_another_is_kept_ready(home: Home) -> None:
    kept, before = home.kept, home.held(home.kept)
    assert (kept.user_id, kept.claim) == (None, None)
    strangers = ("", new_claim(), "0" * 96, door_key(SecretStr("the-token-of-another-lab-0123"), new_claim()))
    assert home.heard_with(strangers, kept) == {403}, "it is nobody's"
    home.learner.start_lab(LAB)
    workspace = home.learner.wait_for_lab(LAB, seconds=1)
    assert home.opens(workspace) and kept.credential not in workspace
    claimed = next(one for one in labs_of(home.academy) if one.id == kept.id)
    assert claimed.user_id and claimed.claim
    key = door_key(SecretStr(kept.credential), claimed.claim)
    assert httpx.URL(workspace).params["token"] == key and home.heard_with([key], claimed) == {200}
    assert home.held(claimed) == before, "nothing was started anew"
    assert home.heard_with((*strangers, claimed.claim), claimed) == {403}, "and nothing else opens it"
    until("another one", lambda: [one.state for one in home.pool] == ["ready"], seconds=SECONDS)
    (next_one,) = home.pool
    assert next_one.credential != claimed.credential
    assert home.held(next_one)[0].keys().isdisjoint(before[0])
    assert home.heard_with([key, *strangers], next_one) == {403}, "a key opens one lab"


def test_a_lab_opens_again_after_the_forwarder_was_killed(home: Home) -> None:
    home.learner.start_lab(LAB)  # that of the test before, where it ran
    workspace = home.learner.wait_for_lab(LAB, seconds=SECONDS)
    assert home.opens(workspace)
    before = home.academy.pids()["forwarder"]
    os.kill(before, signal.SIGKILL)
    until("the forwarder is away", lambda: not home.opens(workspace), every=0.01)
    until("another one", lambda: home.academy.pids().get("forwarder", before) != before)
    until("the lab opens again", lambda: home.opens(workspace))
