"""K19 to K21: whose namespace is whose, and what a next lab finds of one before."""

from dataclasses import replace

import pytest

from labs.providers.containers.places import WORK
from labs.providers.kubernetes.manifests.names import is_namespace_name, namespace_name
from tests.cluster.installation import NAMESPACES
from tests.cluster.inventory import namespaces
from tests.cluster.probes import Lab
from tests.cluster.tenancy import Estate, Tenant
from tests.factories.waiting import until

CANARY = "what the learner before wrote"
#: Alike to a person, or where names are cut, folded or trimmed.
LONGEST = 36
ALIKE = ("lab-1", "lab-11", "lab-1-1", "lab-" + "1" * LONGEST, "lab-" + "1" * (LONGEST - 1))
INSTALLATIONS = ("main", "Main", "main-", "main.", "main_", "m" * 79, "m" * 80)


def test_k19_no_two_labs_share_a_namespace(estate: Estate) -> None:
    """Names, installations and generations that differ in anything at all; the API server takes every one."""
    orders = [
        estate.installation.order(1, name=name, installation=one, generation=generation)
        for name in ALIKE for one in INSTALLATIONS for generation in (1, 11)
    ]  # fmt: skip
    made = {namespace_name(order) for order in orders}
    assert len(made) == len(orders)
    assert all(map(is_namespace_name, made))
    for name in sorted(made)[:5]:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        assert estate.admin.ask("POST", NAMESPACES, body, dry=True).ok


@pytest.fixture
def tenant(estate: Estate) -> Tenant:
    return estate.tenant()


def forged(estate: Estate, tenant: Tenant, name: str) -> str:
    """Somebody's namespace with every label of a lab of ours."""
    labels = estate.admin.ask("GET", f"{NAMESPACES}/{tenant.namespace}").told["metadata"]["labels"]
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    assert estate.admin.ask("POST", NAMESPACES, body).ok
    return f"{NAMESPACES}/{name}"


def test_k20_a_forged_lab_is_neither_listed_nor_deleted(tenant: Tenant, estate: Estate) -> None:
    other = forged(estate, tenant, f"lab-{'f' * 16}")
    try:
        owned = [one for one in tenant.provider.list_owned() if one.name == tenant.order.name]
        assert [one.uid for one in owned] == [_uid(estate, f"{NAMESPACES}/{tenant.namespace}")]
        tenant.provider.delete(tenant.order)
        assert estate.admin.ask("GET", f"{NAMESPACES}/{tenant.namespace}").status == 404
        kept = estate.admin.ask("GET", other)
        assert kept.ok and "deletionTimestamp" not in kept.told["metadata"]
    finally:
        estate.admin.ask("DELETE", other)


def _uid(estate: Estate, path: str) -> str:
    return str(estate.admin.ask("GET", path).told["metadata"]["uid"])


def with_work(estate: Estate, tenant: Tenant) -> None:
    """A probe on the lab's own volume."""
    claims = estate.admin.ask("GET", f"{NAMESPACES}/{tenant.namespace}/persistentvolumeclaims").told["items"]
    volume = {"name": "work", "persistentVolumeClaim": {"claimName": claims[0]["metadata"]["name"]}}
    mounts = {"volumeMounts": [{"name": "work", "mountPath": WORK}]}
    estate.settle(tenant.lab, "probe", volumes=[volume], container=mounts)


def volumes(estate: Estate, tenant: Tenant) -> set[str]:
    """The cluster's volumes that are claimed from this namespace, whether it is still there or not."""
    every = estate.admin.ask("GET", "/api/v1/persistentvolumes").told["items"]
    claimed = {one["metadata"]["name"]: one["spec"].get("claimRef", {}).get("namespace") for one in every}
    return {name for name, namespace in claimed.items() if namespace == tenant.namespace}


def reset(estate: Estate, tenant: Tenant) -> Tenant:
    """The next generation, made by one step of the worker and stopped as every tenant is."""
    order = tenant.order.model_copy(update={"generation": tenant.order.generation + 1})
    tenant.provider.ensure(order)
    tenant.provider.stop(order)
    return replace(tenant, order=order, lab=Lab(estate.objects, namespace_name(order)))


def finds_nothing(estate: Estate, tenant: Tenant) -> None:
    with_work(estate, tenant)
    assert tenant.lab.run("probe", "grep", "-r", CANARY, WORK) == ""
    assert tenant.lab.run("probe", "ls", "-A", WORK) == ""


def test_k21_neither_a_reset_nor_another_lab_finds_anything_of_the_one_before(estate: Estate) -> None:
    first, second = estate.tenant(), estate.tenant()
    with_work(estate, first)
    first.lab.run("probe", "sh", "-c", f"echo {CANARY!r} > {WORK}/secret; sync")
    assert CANARY in first.lab.run("probe", "grep", "-r", CANARY, WORK), "it is found where it is"
    assert len(volumes(estate, first)) == 1
    renewed = reset(estate, first)
    finds_nothing(estate, renewed)
    until("one namespace is left", lambda: namespaces(estate.installation, renewed.order).keys() == {renewed.namespace})
    until("the old volume is gone", lambda: not volumes(estate, first))
    finds_nothing(estate, second)
