"""K15 to K17, K22: how much a lab may hold, and that it holds no token; each again where the control is taken away."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cluster.installation import NAMESPACES
from tests.cluster.people import Reply
from tests.cluster.probes import Lab
from tests.cluster.tenancy import Estate, Tenant
from tests.factories.waiting import until

MOST = 60
#: Never scheduled: it counts, and costs nothing.
NOWHERE: dict[str, Any] = {"nodeSelector": {"academy.test/nowhere": "true"}}
SMALL = {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "6Mi"}}
#: More than a container gets that asks for nothing; blocks are taken, and nothing has to be written.
TAKE = "import os; os.posix_fallocate(os.open('/much/file', os.O_CREAT | os.O_RDWR), 0, 400 << 20); print('taken')"


@pytest.fixture(scope="module")
def tenant(estate: Estate) -> Tenant:
    return estate.tenant(kubectl=True)


def pod(estate: Estate, namespace: str, name: str) -> dict[str, Any]:
    return estate.pod(namespace, name, container={"resources": SMALL}, **copy.deepcopy(NOWHERE))


def plain_object(kind: str, name: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **content}


def claim(size: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return plain_object("PersistentVolumeClaim", "huge", spec=spec)


def until_refused(ask: Callable[[int], Reply]) -> tuple[int, str]:
    """How many were made before the first that was not, and what was said of that one."""
    for number in range(MOST):
        reply = ask(number)
        if not reply.ok:
            return number, reply.message
    return MOST, ""


@pytest.fixture
def without_quota(estate: Estate) -> Tenant:
    """A lab of its own whose quota and limits an administrator deleted."""
    made = estate.tenant(kubectl=True)
    for kind in ("resourcequotas", "limitranges"):
        assert estate.admin.ask("DELETE", f"{NAMESPACES}/{made.namespace}/{kind}/lab").ok
    return made


def test_k15_one_pod_too_many_is_refused_and_the_learner_is_told_why(tenant: Tenant, estate: Estate) -> None:
    path = f"{NAMESPACES}/{tenant.namespace}/pods"
    made, said = until_refused(
        lambda number: tenant.learner.ask("POST", path, pod(estate, tenant.namespace, f"many-{number}"))
    )
    for number in range(made):
        estate.admin.ask("DELETE", f"{path}/many-{number}")
    assert 1 <= made < 20
    assert "exceeded quota: lab" in said and "pods=" in said


def test_k15_one_secret_too_many_is_refused(tenant: Tenant, estate: Estate) -> None:
    path = f"{NAMESPACES}/{tenant.namespace}/secrets"
    made, said = until_refused(lambda number: estate.admin.ask("POST", path, plain_object("Secret", f"more-{number}")))
    assert made < 21
    assert "exceeded quota: lab" in said and "secrets=20" in said


def test_k15_a_huge_volume_is_refused(tenant: Tenant, estate: Estate) -> None:
    reply = estate.admin.ask("POST", f"{NAMESPACES}/{tenant.namespace}/persistentvolumeclaims", claim("100Gi"))
    assert reply.status == 403
    assert "maximum storage usage" in reply.message or "exceeded quota" in reply.message


def test_k15_without_the_quota_all_of_it_is_made(without_quota: Tenant, estate: Estate) -> None:
    at = f"{NAMESPACES}/{without_quota.namespace}"
    for number in range(21):
        wanted = pod(estate, without_quota.namespace, f"many-{number}")
        assert without_quota.learner.ask("POST", f"{at}/pods", wanted).ok
        assert estate.admin.ask("POST", f"{at}/secrets", plain_object("Secret", f"more-{number}")).ok
    assert estate.admin.ask("POST", f"{at}/persistentvolumeclaims", claim("100Gi")).ok


def limits_of(reply: Reply) -> dict[str, str]:
    assert reply.ok, reply.message
    found: dict[str, str] = reply.told["spec"]["containers"][0].get("resources", {}).get("limits", {})
    return found


def unlimited(estate: Estate, namespace: str) -> dict[str, Any]:
    """A pod that says nothing of what it wants."""
    return estate.pod(namespace, "unlimited", container={"resources": {}}, **copy.deepcopy(NOWHERE))


def test_k16_a_container_that_asks_for_nothing_gets_limits(tenant: Tenant, estate: Estate) -> None:
    path = f"{NAMESPACES}/{tenant.namespace}/pods"
    limits = limits_of(tenant.learner.ask("POST", path, unlimited(estate, tenant.namespace), dry=True))
    assert set(limits) == {"cpu", "memory", "ephemeral-storage"}


def test_k16_without_the_limits_it_has_none(without_quota: Tenant, estate: Estate) -> None:
    path = f"{NAMESPACES}/{without_quota.namespace}/pods"
    reply = without_quota.learner.ask("POST", path, unlimited(estate, without_quota.namespace), dry=True)
    assert limits_of(reply) == {}


@pytest.mark.parametrize("automount", [None, True], ids=["as-the-lab-is", "without-the-control"])
def test_k17_no_token_is_in_a_pod(automount: bool | None, tenant: Tenant, estate: Estate) -> None:
    """The pod does not say whether it wants one; the lab's account says no. With one that says yes it has one."""
    lab, name = tenant.lab, f"token-{str(automount).lower()}"
    if automount:
        account = f"{NAMESPACES}/{tenant.namespace}/serviceaccounts/default"
        changed = {"automountServiceAccountToken": True}
        assert estate.admin.ask("PATCH", account, changed, kind="application/merge-patch+json").ok
    wanted = estate.pod(tenant.namespace, name)
    del wanted["spec"]["automountServiceAccountToken"]
    assert tenant.learner.ask("POST", f"{NAMESPACES}/{tenant.namespace}/pods", wanted).ok
    lab.wait_ready([name])
    found = lab.run(
        name, "python3", "-c", "import os; print([f for _, _, fs in os.walk('/var/run/secrets') for f in fs])"
    )
    assert ("'token'" in found) is bool(automount)
    lab.core.delete_namespaced_pod(name, tenant.namespace)


@pytest.fixture
def greedy(tenant: Tenant, estate: Estate) -> Iterator[tuple[Lab, Lab]]:
    """Beside a neighbour, a pod that writes more than its share; once in a lab, once where nothing limits it."""
    plain = estate.plain()
    volumes: dict[str, Any] = {"volumes": [{"name": "much", "emptyDir": {}}]}
    for lab in (tenant.lab, plain):
        mounts = {"volumeMounts": [{"name": "much", "mountPath": "/much"}], "resources": {}}
        lab.apply(estate.pod(lab.namespace, "greedy", container=mounts, **volumes))
        lab.apply(estate.pod(lab.namespace, "neighbour"))
        lab.wait_ready(["greedy", "neighbour"])
        assert "taken" in lab.run("greedy", "python3", "-c", TAKE)
    yield tenant.lab, plain
    for name in ("greedy", "neighbour"):
        tenant.lab.core.delete_namespaced_pod(name, tenant.namespace)


def test_k22_who_fills_the_disk_goes_and_nobody_else(greedy: tuple[Lab, Lab]) -> None:
    lab, plain = greedy
    until("the greedy pod to be evicted", lambda: _reason(lab, "greedy") == "Evicted", seconds=240)
    for where, name in ((lab, "neighbour"), (plain, "neighbour"), (plain, "greedy")):
        assert _reason(where, name) is None
        assert where.core.read_namespaced_pod(name, where.namespace).status.phase == "Running"
    assert lab.run("neighbour", "echo", "I work").strip() == "I work"


def _reason(lab: Lab, name: str) -> str | None:
    reason: str | None = lab.core.read_namespaced_pod(name, lab.namespace).status.reason
    return reason
