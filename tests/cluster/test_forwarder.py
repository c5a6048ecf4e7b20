"""The way into labs of one person without an ingress: a process of `lms up`, started again when it is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from labs.exams.services import free_port
from tests.cluster.equipment.machine import Machine
from tests.factories.instance import Instance
from tests.factories.kubernetes_instance import forwarded_instance
from tests.factories.visitor import Visitor
from tests.factories.waiting import until

pytestmark = pytest.mark.docker
LAB = "gate-a-model"


@pytest.fixture
def academy(kubeconfig: Path, machine: Machine, tmp_path: Path, databases: None) -> Iterator[Instance]:
    with forwarded_instance(kubeconfig, machine, tmp_path, free_port()) as made:
        made.start()
        yield made


def opens(learner: Visitor, workspace: str) -> bool:
    try:
        return "JupyterLab" in learner.open(workspace).text
    except httpx.TransportError:
        return False


def test_a_lab_opens_again_after_the_forwarder_was_killed(academy: Instance) -> None:
    learner = Visitor(academy.address, urlsplit(academy.settings.base_url).netloc, door="")
    learner.register()
    learner.start_lab(LAB)
    workspace = learner.wait_for_lab(LAB, seconds=240)
    learner.door = f"http://127.0.0.1:{urlsplit(workspace).port}"
    assert opens(learner, workspace)
    before = academy.pids()["forwarder"]
    os.kill(before, signal.SIGKILL)
    until("the forwarder is away", lambda: not opens(learner, workspace), every=0.01)
    until("another one", lambda: academy.pids().get("forwarder", before) != before)
    until("the lab opens again", lambda: opens(learner, workspace))
    learner.client.close()
