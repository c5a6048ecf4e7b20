"""The learner's way in, kernels and terminals too.

With TLS by the gateway and by an Ingress, by a plain Ingress, and by a forwarded port of one person.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from labs.exams.replies import Asker
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.forwarding import Forwarder
from labs.providers.kubernetes.manifests.names import namespace_name
from labs.providers.kubernetes.settings import DoorWay
from labs.providers.machine import LOOPBACK
from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.objects import Objects
from tests.cluster.equipment.places import GATEWAY_PORT, TLS_PORT, Places
from tests.cluster.ingress_controller import ingress_controller
from tests.cluster.installation import CERTIFICATE_IN, CONTOUR
from tests.cluster.pausing import PodlessCluster
from tests.cluster.tenancy_calls import MERGE
from tests.cluster.tenancy_hosts import INGRESSES
from tests.cluster.tls import Authority, listener
from tests.cluster.ways_in import ANY_ENVOY, Street, Way, provider
from tests.factories.jupyter_client import Visitor
from tests.factories.waiting import until
from tests.integration.labs.kubernetes_case import KubernetesCase
from tests.integration.labs.proxied import COMPONENT, ELSEWHERE, NOT_ALLOWED, as_lab
from tests.integration.labs.waiting import must_have_shown_its_page, until_ready

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def street(
    kubeconfig: Path, machine: Machine, objects: Objects, places: Places, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    """The lab was begun, without pods, where labs have an Ingress, and started where they have a route; it has both."""
    with ExitStack() as stack:
        controller = stack.enter_context(ingress_controller(objects, places))
        door = DoorWay(gateway_namespace="projectcontour", listener=controller.name, port=TLS_PORT)
        folder = tmp_path_factory.mktemp("door") / "labs"
        case = KubernetesCase(folder, kubeconfig, machine, ingress=ANY_ENVOY, door=door)
        stack.callback(case.clean_up)
        authority = Authority(case.domain)
        secret = authority.secret(controller.name, f"*.{case.domain}")
        controller.give(secret)
        stack.enter_context(listener(case.fence.admin, f"*.{case.domain}", secret))
        order = case.order(components=("prometheus", "workspace"), limits={"disk_mb": 200})
        before = provider(
            case, PodlessCluster, kind="ingress", ingress_class=controller.name, port=TLS_PORT,
            tls_secret=controller.name, annotations=CONTOUR | {CERTIFICATE_IN: controller.name},
        )  # fmt: skip
        before.ensure(order)
        ingresses, admin = INGRESSES.format(namespace=namespace_name(order)), case.fence.admin
        made = admin.ask("GET", f"{ingresses}/door").told
        before.stop(order)
        until_ready(case.provider, order)
        assert admin.ask("GET", f"{ingresses}/door").status == 404, "the way in of another kind is closed"
        # For these tests the lab has both.
        marks = {key: made["metadata"][key] for key in ("name", "labels", "annotations")}
        assert admin.ask("POST", ingresses, {**made, "metadata": marks, "status": {}}).ok
        yield Street(case, order, controller.ports(), authority)


@pytest.fixture(scope="module")
def forwarded(street: Street, kubeconfig: Path) -> Iterator[int]:
    """The port of a forwarder, with the rights of the person whose cluster it is."""
    forwarder = Forwarder(ApiCluster.of_kubeconfig(str(kubeconfig)), street.case.installation, street.case.domain)
    with forwarder.listen(0) as server:
        threading.Thread(target=forwarder.serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture(params=["gateway", "ingress", "forwarded port"])
def way(request: pytest.FixtureRequest, street: Street, places: Places) -> Way:
    if request.param == "forwarded port":
        return Way(LOOPBACK, request.getfixturevalue("forwarded"), street.lab)
    port = TLS_PORT if request.param == "gateway" else street.ingress_ports["https"]
    return Way(places.addresses.node, port, street.lab, street.authority.context)


@pytest.fixture
def learner(way: Way) -> Visitor:
    return way.learner()


def test_the_learner_comes_in_and_nobody_else(learner: Visitor, way: Way) -> None:
    assert learner.get("/lab").status_code == 200
    assert way.visitor(None).get("/api/status").status_code == 403
    assert way.visitor("another-token-of-this-length").get("/api/status").status_code == 403


def test_the_cookie_of_a_lab_comes_back_in_a_frame_and_with_tls_alone(learner: Visitor, way: Way) -> None:
    """As the lab's page asks for it: by the token in the address once, and by what that gave then."""
    given = way.visitor(None).get(f"/lab?token={learner.token}").headers.get_list("set-cookie")
    marks = {"Secure", "SameSite=Lax", "Path=/"}
    assert given and all(marks <= set(one.split("; ")) for one in given), given
    cookies = "; ".join(one.partition(";")[0] for one in given)
    assert way.visitor(None).get("/api/status", cookie=cookies).status_code == 200


def test_a_route_of_the_listener_with_tls_is_not_served_without(street: Street, places: Places) -> None:
    """Where nobody has a route without TLS, Envoy does not even listen."""
    plain = Way(places.addresses.node, GATEWAY_PORT, street.lab)
    status = 0
    with suppress(httpx.ConnectError):
        status = plain.visitor(street.lab.token.get_secret_value()).get("/api/status").status_code
    assert status in (0, 404)


def test_it_was_not_ready_before_its_page_was_shown(street: Street) -> None:
    must_have_shown_its_page(street.case.provider, street.lab)


def test_a_kernel_runs_code(learner: Visitor) -> None:
    assert learner.run_in_kernel("import os; print(6 * 7, os.getcwd())") == "42 /lab/work\n"


def test_a_terminal_takes_a_line(learner: Visitor) -> None:
    assert "= 42" in learner.type_in_terminal("echo = $((6 * 7))", until="= 42")


def test_an_ingress_of_contour_takes_websockets_by_its_annotation(street: Street, places: Places) -> None:
    learner = Way(places.addresses.node, street.ingress_ports["http"], street.lab).learner()
    path = f"{INGRESSES.format(namespace=namespace_name(street.lab))}/door"

    def mark(value: str | None) -> None:
        change = {"metadata": {"annotations": {"projectcontour.io/websocket-routes": value}}}
        assert street.case.fence.admin.ask("PATCH", path, change, kind=MERGE).ok

    mark(None)
    try:
        until("no WebSocket passes", lambda: not learner.takes_websockets())
    finally:
        mark("/")
    until("they pass again", learner.takes_websockets)


def test_the_labs_other_pages_are_behind_the_same_door(learner: Visitor, street: Street) -> None:
    assert learner.get("/prometheus/-/ready").status_code == 200
    pages = {one.name: one.page for one in street.case.provider.observe(street.lab).components if one.page}
    assert pages.keys() == {"prometheus"}
    assert learner.get(f"/prometheus{pages['prometheus']}").status_code == 200


def test_the_workspace_leads_to_this_labs_components_by_name_and_nowhere_else(learner: Visitor, way: Way) -> None:
    token = way.lab.token.get_secret_value()
    asked = way.visitor(None)
    assert asked.get(f"{COMPONENT}?token={token}", authorization=as_lab(token)).status_code == 200
    for place in (*ELSEWHERE, "mlflow:5000"):  # which other labs have
        refused = learner.get(f"/proxy/{place}/")
        assert refused.status_code == 403 and NOT_ALLOWED in refused.text, place


def test_other_hosts_lead_nowhere(way: Way, learner: Visitor, street: Street) -> None:
    domain = street.case.domain
    for host in (f"lab-2.{domain}", domain, f"{learner.host}.example.org", "localhost"):
        assert way.visitor(learner.token, host).get("/api/status").status_code in (400, 404, 421, 503)


def test_a_check_comes_in_by_the_forwarded_port(street: Street, forwarded: int) -> None:
    """This machine reaches no address of the cluster, as a laptop beside it does not."""
    lab = street.lab
    seen = provider(street.case, kind="forward", scheme="http", port=forwarded).observe(lab).components
    asker = Asker(
        {one.name: one.address or "" for one in seen}, lab.token.get_secret_value(),
        {one.name: one.host or "" for one in seen},
    )  # fmt: skip
    for component, path in (("prometheus", "/-/ready"), ("workspace", "/api/status"), ("prometheus", "/-/healthy")):
        assert asker.ask(component, path).status == 200


def test_the_forwarder_listens_on_loopback_only(forwarded: int, places: Places) -> None:
    import socket

    with pytest.raises(OSError), socket.create_connection((places.addresses.host, forwarded), timeout=2):
        pass
