"""The learner's way in: by the cluster's gateway, and by a forwarded port of one person; kernels and terminals too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.exams.replies import Asker
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.forwarding import Forwarder
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import DoorWay
from labs.providers.machine import LOOPBACK
from labs.spec import LabSpec
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.places import GATEWAY_PORT, Places
from tests.factories.jupyter_client import Visitor
from tests.factories.waiting import until
from tests.integration.labs.kubernetes_case import KubernetesCase
from tests.integration.labs.proxied import COMPONENT, ELSEWHERE, NOT_ALLOWED, as_lab
from tests.integration.labs.waiting import must_have_shown_its_page, until_ready

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def case(kubeconfig: Path, machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesCase]:
    one = KubernetesCase(tmp_path_factory.mktemp("door") / "labs", kubeconfig, machine)
    yield one
    one.clean_up()


@pytest.fixture(scope="module")
def lab(case: KubernetesCase) -> LabSpec:
    order = case.order(components=("prometheus", "workspace"), limits={"disk_mb": 200})
    until_ready(case.provider, order)
    return order


@pytest.fixture(scope="module")
def forwarded(case: KubernetesCase, kubeconfig: Path) -> Iterator[int]:
    """The port of a forwarder, with the rights of the person whose cluster it is."""
    forwarder = Forwarder(ApiCluster.of_kubeconfig(str(kubeconfig)), case.installation, case.domain)
    with forwarder.listen(0) as server:
        threading.Thread(target=forwarder.serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture(params=["gateway", "forwarded port"])
def way(request: pytest.FixtureRequest, places: Places) -> tuple[str, int]:
    if request.param == "gateway":
        return places.addresses.node, GATEWAY_PORT
    return LOOPBACK, request.getfixturevalue("forwarded")


@pytest.fixture
def learner(way: tuple[str, int], lab: LabSpec) -> Visitor:
    found = Visitor(*way, lab.host, lab.token.get_secret_value())
    # The gateway learns of a route when it is told of it.
    until("the door is open", lambda: found.get("/api/status").status_code == 200)
    return found


def test_the_learner_comes_in_and_nobody_else(learner: Visitor, way: tuple[str, int], lab: LabSpec) -> None:
    assert learner.get("/lab").status_code == 200
    assert Visitor(*way, lab.host, None).get("/api/status").status_code == 403
    assert Visitor(*way, lab.host, "another-token-of-this-length").get("/api/status").status_code == 403


def test_it_was_not_ready_before_its_page_was_shown(case: KubernetesCase, lab: LabSpec) -> None:
    must_have_shown_its_page(case.provider, lab)


def test_a_kernel_runs_code(learner: Visitor) -> None:
    assert learner.run_in_kernel("import os; print(6 * 7, os.getcwd())") == "42 /lab/work\n"


def test_a_terminal_takes_a_line(learner: Visitor) -> None:
    assert "= 42" in learner.type_in_terminal("echo = $((6 * 7))", until="= 42")


def test_the_labs_other_pages_are_behind_the_same_door(learner: Visitor, case: KubernetesCase, lab: LabSpec) -> None:
    assert learner.get("/prometheus/-/ready").status_code == 200
    pages = {one.name: one.page for one in case.provider.observe(lab).components if one.page}
    assert pages.keys() == {"prometheus"}
    assert learner.get(f"/prometheus{pages['prometheus']}").status_code == 200


def test_the_workspace_leads_to_this_labs_components_by_name_and_nowhere_else(learner: Visitor, lab: LabSpec) -> None:
    token = lab.token.get_secret_value()
    asked = Visitor(learner.address, learner.port, learner.host, None)
    assert asked.get(f"{COMPONENT}?token={token}", authorization=as_lab(token)).status_code == 200
    for place in (*ELSEWHERE, "mlflow:5000"):  # which other labs have
        refused = learner.get(f"/proxy/{place}/")
        assert refused.status_code == 403 and NOT_ALLOWED in refused.text, place


def test_other_hosts_lead_nowhere(way: tuple[str, int], learner: Visitor, case: KubernetesCase) -> None:
    for host in (f"lab-2.{case.domain}", case.domain, f"{learner.host}.example.org", "localhost"):
        assert Visitor(*way, host, learner.token).get("/api/status").status_code in (400, 404, 503)


def test_a_check_comes_in_by_the_forwarded_port(case: KubernetesCase, forwarded: int, lab: LabSpec) -> None:
    """This machine reaches no address of the cluster, as a laptop beside it does not."""
    way = DoorWay(kind="forward", scheme="http", port=forwarded)
    settings = case.settings.model_copy(update={"door": way})
    cluster = ApiCluster.of_kubeconfig(str(case.kubeconfig))
    seen = KubernetesProvider(cluster, settings, installation=case.installation).observe(lab).components
    asker = Asker(
        {one.name: one.address or "" for one in seen}, lab.token.get_secret_value(),
        {one.name: one.host or "" for one in seen},
    )  # fmt: skip
    for component, path in (("prometheus", "/-/ready"), ("workspace", "/api/status"), ("prometheus", "/-/healthy")):
        assert asker.ask(component, path).status == 200


def test_the_forwarder_listens_on_loopback_only(forwarded: int, places: Places, lab: LabSpec) -> None:
    import socket

    with pytest.raises(OSError), socket.create_connection((places.addresses.host, forwarded), timeout=2):
        pass
