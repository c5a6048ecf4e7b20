"""K19 to K21: whose namespace is whose, and what a next lab finds of one before."""

from dataclasses import replace
from typing import Any

import pytest

from labs.errors import NotOurs
from labs.providers.containers.places import WORK
from labs.providers.kubernetes.manifests.names import is_namespace_name, labels, namespace_name
from labs.spec import LabSpec
from tests.cluster.equipment.volumes.objects import LABEL
from tests.cluster.installation import NAMESPACES, home
from tests.cluster.inventory import GIVEN, inventory, namespaces
from tests.cluster.probes import Lab
from tests.cluster.tenancy import Estate, Tenant
from tests.factories.waiting import until

CANARY = "what the learner before wrote"
#: Alike to a person, or where names are cut, folded or trimmed.
LONGEST = 36
ALIKE = ("lab-1", "lab-11", "lab-1-1", "lab-" + "1" * LONGEST, "lab-" + "1" * (LONGEST - 1))
INSTALLATIONS = ("main", "Main", "main-", "main.", "main_", "m" * 79, "m" * 80)
MERGE = "application/merge-patch+json"


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


def _uid(estate: Estate, path: str) -> str:
    return str(estate.admin.ask("GET", path).told["metadata"]["uid"])


def test_k20_a_namespace_that_has_a_labs_name_and_is_not_ours_is_left_alone(tenant: Tenant, estate: Estate) -> None:
    """Nothing is made in it, nothing lists it and nothing deletes it; that its learner is told, test_lab_page shows."""
    bare, labelled = (estate.installation.order(900 + number) for number in range(2))
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace_name(bare)}}
    assert estate.admin.ask("POST", NAMESPACES, namespace).ok
    forged(estate, tenant, namespace_name(labelled))
    try:
        for wanted in (bare, labelled):
            before = _uid(estate, home(wanted))
            with pytest.raises(NotOurs, match=f"{namespace_name(wanted)} is there and is not ours"):
                tenant.provider.ensure(wanted)
            assert tenant.provider.stop(wanted).state == "absent"
            tenant.provider.delete(wanted)
            assert wanted.name not in {one.name for one in tenant.provider.list_owned()}
            kept = estate.admin.ask("GET", home(wanted)).told["metadata"]
            assert kept["uid"] == before and "deletionTimestamp" not in kept
            assert set(inventory(estate.admin, wanted)) <= GIVEN
    finally:
        for wanted in (bare, labelled):
            estate.admin.ask("DELETE", home(wanted))


def claimant(estate: Estate, namespace: str, named: Tenant) -> dict[str, Any]:
    """A pod that says it is another lab's workspace and its namespace's own, and that nothing goes before it goes."""
    uid = _uid(estate, f"{NAMESPACES}/{named.namespace}")
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": named.namespace, "uid": uid}
    pod = estate.pod(namespace, "claims", labels=labels(named.order, "workspace"))
    pod["metadata"]["finalizers"] = ["example.org/never"]
    pod["metadata"]["ownerReferences"] = [{**owner, "controller": True, "blockOwnerDeletion": True}]
    return pod


def test_k20_forged_labels_and_owners_are_not_taken_for_the_labs_and_hold_up_nothing(
    tenant: Tenant, estate: Estate
) -> None:
    """A namespace of somebody with the lab's labels, and what a learner may write about it into a lab of their own."""
    forger, other = estate.tenant(kubectl=True), forged(estate, tenant, f"lab-{'f' * 16}")
    claims = f"{NAMESPACES}/{forger.namespace}/pods/claims"
    before = inventory(estate.admin, forger.order)
    claimed = forger.learner.ask("POST", claims.removesuffix("/claims"), claimant(estate, forger.namespace, tenant))
    try:
        assert claimed.ok, claimed
        owned = [one for one in tenant.provider.list_owned() if one.name == tenant.order.name]
        assert [(one.uid, one.running) for one in owned] == [(_uid(estate, home(tenant.order)), False)]
        seen = tenant.provider.observe(tenant.order)
        assert seen.state == "stopped" and {one.phase for one in seen.components} == {"waiting"}
        tenant.provider.delete(tenant.order)
        assert estate.admin.ask("GET", home(tenant.order)).status == 404
        assert estate.admin.ask("GET", claims).ok, "it would hold up whoever waits for it"
        assert inventory(estate.admin, forger.order) == before
        kept = estate.admin.ask("GET", other)
        assert kept.ok and "deletionTimestamp" not in kept.told["metadata"]
    finally:
        estate.admin.ask("DELETE", other)
        estate.admin.ask("PATCH", claims, {"metadata": {"finalizers": None}}, kind=MERGE)


def claim_of(estate: Estate, tenant: Tenant) -> str:
    (one,) = estate.admin.ask("GET", f"{NAMESPACES}/{tenant.namespace}/persistentvolumeclaims").told["items"]
    return str(one["metadata"]["name"])


def with_work(estate: Estate, tenant: Tenant) -> None:
    """A probe on the lab's own volume."""
    volume = {"name": "work", "persistentVolumeClaim": {"claimName": claim_of(estate, tenant)}}
    mounts = {"volumeMounts": [{"name": "work", "mountPath": WORK}]}
    estate.settle(tenant.lab, "probe", volumes=[volume], container=mounts)


def volumes(estate: Estate, tenant: Tenant) -> set[str]:
    """The cluster's volumes that are claimed from this namespace, whether it is still there or not."""
    every = estate.admin.ask("GET", "/api/v1/persistentvolumes").told["items"]
    claimed = {one["metadata"]["name"]: one["spec"].get("claimRef", {}).get("namespace") for one in every}
    return {name for name, namespace in claimed.items() if namespace == tenant.namespace}


def anew(tenant: Tenant) -> LabSpec:
    """The order for its next generation."""
    return tenant.order.model_copy(update={"generation": tenant.order.generation + 1})


def reset(estate: Estate, tenant: Tenant) -> Tenant:
    """That, made by one step of the worker and stopped as every tenant is."""
    order = anew(tenant)
    tenant.provider.ensure(order)
    tenant.provider.stop(order)
    return replace(tenant, order=order, lab=Lab(estate.objects, namespace_name(order)))


def with_canary(estate: Estate, tenant: Tenant) -> str:
    """A learner's file is on the lab's volume, and found there; the volume's path."""
    with_work(estate, tenant)
    tenant.lab.run("probe", "sh", "-c", f"echo {CANARY!r} > {WORK}/secret; sync")
    assert CANARY in tenant.lab.run("probe", "grep", "-r", CANARY, WORK), "it is found where it is"
    (name,) = volumes(estate, tenant)
    return f"/api/v1/persistentvolumes/{name}"


def finds_nothing(estate: Estate, tenant: Tenant) -> None:
    with_work(estate, tenant)
    assert tenant.lab.run("probe", "grep", "-r", CANARY, WORK) == ""
    assert tenant.lab.run("probe", "ls", "-A", WORK) == ""


def test_k21_neither_a_reset_nor_another_lab_finds_anything_of_the_one_before(estate: Estate) -> None:
    first, second = estate.tenant(), estate.tenant()
    with_canary(estate, first)
    renewed = reset(estate, first)
    finds_nothing(estate, renewed)
    until("one namespace is left", lambda: namespaces(estate.installation, renewed.order).keys() == {renewed.namespace})
    until("the old volume is gone", lambda: not volumes(estate, first))
    finds_nothing(estate, second)


def release(estate: Estate, tenant: Tenant, volume: str) -> None:
    """Without the probe and the claim nobody has it."""
    claim = f"persistentvolumeclaims/{claim_of(estate, tenant)}"
    for one in ("pods/probe", claim):
        assert estate.admin.ask("DELETE", f"{NAMESPACES}/{tenant.namespace}/{one}").ok
    until("it is released", lambda: estate.admin.ask("GET", volume).told["status"]["phase"] == "Released")


def test_k21_with_a_volume_that_is_kept_and_bound_again_it_finds_all_of_it(estate: Estate) -> None:
    """What keeps the next one from it is that a volume goes with its claim."""
    first = estate.tenant()
    volume, claim = with_canary(estate, first), claim_of(estate, first)
    # By this label those are known that are thrown away when they are released.
    forgotten, known = ({"metadata": {"labels": {LABEL: value}}} for value in (None, "true"))
    assert estate.admin.ask("PATCH", volume, forgotten, kind=MERGE).ok
    try:
        release(estate, first, volume)
        place = {"namespace": namespace_name(anew(first)), "name": claim, "uid": None, "resourceVersion": None}
        assert estate.admin.ask("PATCH", volume, {"spec": {"claimRef": place}}, kind=MERGE).ok
        renewed = reset(estate, first)
        with_work(estate, renewed)
        assert CANARY in renewed.lab.run("probe", "grep", "-r", CANARY, WORK)
    finally:
        estate.admin.ask("PATCH", volume, known, kind=MERGE)
