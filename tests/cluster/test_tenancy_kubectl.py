"""A lab that teaches kubectl reaches the API server from inside, with its learner's token, for its own things only."""

import json

import pytest

from tests.cluster.equipment.places import Places
from tests.cluster.equipment.world import CANARIES
from tests.cluster.installation import NAMESPACES
from tests.cluster.probes import SILENCE, Target, settled
from tests.cluster.tenancy import Estate, Tenant
from tests.factories.waiting import until

ASK = """
import json, ssl, sys, urllib.error, urllib.request
told, context = json.loads(sys.argv[1]), ssl._create_unverified_context()
seen = {}
for name, path in told["paths"].items():
    wanted = urllib.request.Request(told["server"] + path, headers={"Authorization": "Bearer " + told["token"]})
    try:
        seen[name] = urllib.request.urlopen(wanted, context=context, timeout=20).status
    except urllib.error.HTTPError as error:
        seen[name] = error.code
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def tenant(estate: Estate, places: Places) -> Tenant:
    node = places.addresses.node
    made = estate.tenant(kubectl=True, cluster_says={"api_servers": [f"{node}/32"]})
    estate.settle(made.lab, "shell")
    return made


@pytest.fixture(scope="module")
def targets(places: Places, node_link_local: str) -> dict[str, Target]:
    node = places.addresses.node
    return {
        "API server": Target("tcp", node, 6443),
        "its Service": Target("tcp", places.addresses.api_service, 443),
        "kubelet": Target("tcp", node, 10250),
        "node port": Target("tcp", node, 30080),
        "API server by link-local": Target("tcp", node_link_local, 6443),
        **{one.name: Target("tcp", one.address, 443) for one in CANARIES},
    }


def test_of_the_node_only_the_api_server_is_open(tenant: Tenant, targets: dict[str, Target]) -> None:
    wanted = {name: name in {"API server", "its Service"} for name in targets}
    seen = settled(tenant.lab, "shell", targets, wanted)
    assert {name: answer != SILENCE for name, answer in seen.items()} == wanted


@pytest.mark.parametrize("by", ["address", "service"])
def test_with_the_learners_token_its_own_lab_answers_and_nothing_else(by: str, tenant: Tenant, places: Places) -> None:
    """Asked from inside the lab. An administrator shows that what is refused is there."""
    server = places.addresses.api if by == "address" else f"https://{places.addresses.api_service}:443"
    paths = {
        "own pods": f"{NAMESPACES}/{tenant.namespace}/pods",
        "own deployments": f"/apis/apps/v1/namespaces/{tenant.namespace}/deployments",
        "own secrets": f"{NAMESPACES}/{tenant.namespace}/secrets",
        "own policies": f"/apis/networking.k8s.io/v1/namespaces/{tenant.namespace}/networkpolicies",
        "pods of the system": f"{NAMESPACES}/kube-system/pods",
        "namespaces": NAMESPACES,
        "nodes": "/api/v1/nodes",
    }
    asked = {"server": server, "paths": paths, "token": tenant.learner.token}
    seen = json.loads(tenant.lab.run("shell", "python3", "-c", ASK, json.dumps(asked)))
    assert seen == {name: 200 if name in {"own pods", "own deployments"} else 403 for name in paths}
    anybody = json.loads(tenant.lab.run("shell", "python3", "-c", ASK, json.dumps({**asked, "token": "forged"})))
    assert set(anybody.values()) == {401}


@pytest.mark.parametrize("name", ["own secrets", "namespaces"])
def test_what_the_learner_is_refused_is_there(name: str, tenant: Tenant, estate: Estate) -> None:
    paths = {"own secrets": f"{NAMESPACES}/{tenant.namespace}/secrets", "namespaces": NAMESPACES}
    assert estate.admin.ask("GET", paths[name]).told["items"]


def test_without_its_opening_the_lab_does_not_reach_the_api_server(
    tenant: Tenant, targets: dict[str, Target], estate: Estate
) -> None:
    policy = f"/apis/networking.k8s.io/v1/namespaces/{tenant.namespace}/networkpolicies/api"
    assert estate.admin.ask("DELETE", policy).ok
    until(
        "silence",
        lambda: set(tenant.lab.knock("shell", targets).values()) == {SILENCE},
        seconds=40,
    )
