"""The provisioner is fenced: with the worker's own token, what it need not do fails, and each policy is why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.spec import LabSpec
from tests.cluster.fence_attempts import ATTEMPTS, POLICIES, RBAC, Attempt
from tests.cluster.installation import NAMESPACES, Installation, home, installed, place
from tests.cluster.pausing import PausingCluster
from tests.cluster.people import APPLY, Person
from tests.cluster.tenancy import ABSENT
from tests.factories.golden import assert_golden
from tests.factories.waiting import until

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def installation(kubeconfig: Path) -> Iterator[Installation]:
    with installed(kubeconfig, "fence") as one:
        assert one.admin.ask("POST", f"{NAMESPACES}/{one.name}/secrets", SECRET).ok
        yield one


SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "platform"}, "stringData": {"key": "canary-7d1"}}


@pytest.fixture(scope="module")
def worker(installation: Installation) -> Person:
    return installation.worker


@pytest.fixture(scope="module")
def lab(installation: Installation, worker: Person, tmp_path_factory: pytest.TempPathFactory) -> LabSpec:
    """Made by the worker with its own token; one that teaches kubectl."""
    order = installation.order(1, kubectl=True)
    path = worker.write_kubeconfig(tmp_path_factory.mktemp("worker") / "kubeconfig")
    settings = installation.settings(images=dict.fromkeys(("workspace", "tools"), ABSENT), resolver_image=ABSENT)
    provider = KubernetesProvider(PausingCluster.of_kubeconfig(str(path)), settings, installation=installation.name)
    provider.ensure(order)
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "harmless"}, "rules": []}
    inside = home(order).rpartition("/")[2]
    assert installation.admin.ask("POST", f"{RBAC}/namespaces/{inside}/roles", role).ok
    return order


def tried(person: Person, attempt: Attempt, installation: Installation, lab: LabSpec, *, dry: bool) -> tuple[int, str]:
    method, path, body, kind = attempt.call(installation, lab)
    text = json.loads(json.dumps(body).replace("{lab}", home(lab).rpartition("/")[2])) if body else None
    reply = person.ask(method, path, text, kind=kind, dry=dry)
    return reply.status, reply.message


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda one: one.name)
def test_with_its_own_token_the_worker_fails(
    worker: Person, installation: Installation, lab: LabSpec, attempt: Attempt
) -> None:
    """Not as a rehearsal: were one of these to succeed, this cluster would be broken."""
    status, message = tried(worker, attempt, installation, lab, dry=False)
    assert status in (403, 422), message
    assert any(one in message for one in ("cannot", "attempting to grant", "ValidatingAdmissionPolicy")), message


@pytest.mark.parametrize(
    "path", ["/api/v1/namespaces/kube-system", f"{POLICIES}/validatingadmissionpolicies/{{own}}-places"]
)
def test_neither_the_clusters_heart_nor_its_own_fence_can_be_deleted(
    worker: Person, installation: Installation, path: str
) -> None:
    """Of policies no policy may speak, so there the role alone holds it."""
    path = path.replace("{own}", installation.name)
    assert worker.ask("DELETE", path).status == 403
    assert "deletionTimestamp" not in installation.admin.ask("GET", path).told["metadata"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/{own}/secrets/platform", "/api/v1/namespaces/kube-system/secrets", "/api/v1/secrets",
        "/api/v1/namespaces/{lab}/secrets/env-workspace", "/api/v1/configmaps", "/api/v1/nodes", "/api/v1/pods",
        "/api/v1/namespaces/kube-system/pods", "/apis/apps/v1/deployments", "/api/v1/namespaces/{own}/pods",
    ],
)  # fmt: skip
def test_the_worker_reads_nothing_that_is_not_a_lab(
    worker: Person, installation: Installation, lab: LabSpec, path: str
) -> None:
    path = path.replace("{own}", installation.name).replace("{lab}", home(lab).rpartition("/")[2])
    reply = worker.ask("GET", path)
    assert reply.status == 403 and "canary" not in json.dumps(reply.told)
    assert installation.admin.ask("GET", path).ok, "it is there to be read"


def test_the_worker_notes_its_epoch(worker: Person, installation: Installation, tmp_path: Path) -> None:
    """The one thing outside labs that it writes."""
    cluster = ApiCluster.of_kubeconfig(str(worker.write_kubeconfig(tmp_path / "kubeconfig")))
    provider = KubernetesProvider(cluster, installation.settings(), installation=installation.name)
    assert provider.epoch() is None
    provider.note_epoch("one")
    provider.note_epoch("two")
    assert provider.epoch() == "two"


@pytest.mark.parametrize(
    "who", ["worker-in-a-lab", "worker-elsewhere", "worker-at-home", "learner", "learner-elsewhere", "pod"]
)
def test_who_may_do_what_is_the_golden_list(installation: Installation, lab: LabSpec, worker: Person, who: str) -> None:
    inside = home(lab).rpartition("/")[2]
    learner, pod = (installation.account(inside, name) for name in ("learner", "default"))
    person, where = {
        "worker-in-a-lab": (worker, inside), "worker-elsewhere": (worker, "kube-system"),
        "worker-at-home": (worker, installation.name), "learner": (learner, inside),
        "learner-elsewhere": (learner, "default"), "pod": (pod, inside),
    }[who]  # fmt: skip
    assert_golden(GOLDEN / f"{who}.txt", person.rights(where).replace(installation.name, "academy"))


def test_every_policy_was_compiled_without_a_warning(installation: Installation) -> None:
    """The controller manager checks expressions against the kinds that they are about."""
    for one in installation.documents():
        if one["kind"] == "ValidatingAdmissionPolicy":
            told = until_checked(installation, place(one))
            assert not told.get("expressionWarnings"), (one["metadata"]["name"], told)


def until_checked(installation: Installation, path: str) -> dict[str, Any]:
    until("it was checked", lambda: "typeChecking" in installation.admin.ask("GET", path).told["status"])
    checked: dict[str, Any] = installation.admin.ask("GET", path).told["status"]["typeChecking"]
    return checked


@pytest.fixture(scope="module")
def mighty(installation: Installation, worker: Person) -> Iterator[Person]:
    """The worker with an administrator's role, so that only policies hold it: from here to the end of the module."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{installation.name}-mighty"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "worker", "namespace": installation.name}],
    }  # fmt: skip
    assert installation.admin.ask("PATCH", place(binding), binding, kind=APPLY).ok
    until("it is mighty", lambda: worker.ask("GET", "/api/v1/nodes").ok)
    yield worker
    installation.admin.ask("DELETE", place(binding))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda one: one.name)
def test_even_with_an_administrators_role_a_policy_denies(
    mighty: Person, installation: Installation, lab: LabSpec, attempt: Attempt
) -> None:
    status, message = tried(mighty, attempt, installation, lab, dry=True)
    assert status in (403, 422) and attempt.says in message, (status, message)
    # The labels of labs are kept by the policy of every installation on this cluster.
    assert any(f"-{one}'" in message for one in (attempt.policy, attempt.also)), message


@pytest.mark.parametrize("policy", sorted({one.policy for one in ATTEMPTS}))
def test_without_the_policy_it_succeeds(mighty: Person, installation: Installation, lab: LabSpec, policy: str) -> None:
    """As a rehearsal: what only this policy denies is what it is there for."""
    name = f"{installation.name}-{policy}"
    path = f"{POLICIES}/validatingadmissionpolicybindings/{name}"
    binding = next(one for one in installation.documents() if place(one) == path)
    own = [one for one in ATTEMPTS if one.policy == policy and one.also is None]
    assert installation.admin.ask("DELETE", path).ok

    def is_denied(one: Attempt) -> bool:
        return f"'{name}'" in tried(mighty, one, installation, lab, dry=True)[1]

    try:
        until(f"nothing is denied by {name}", lambda: not any(map(is_denied, own)))
        results = {one.name: tried(mighty, one, installation, lab, dry=True) for one in own}
        # Those that another policy denies as well, or whose object is not there, are no witnesses.
        assert sum(status < 300 for status, _ in results.values()) >= max(1, len(own) // 2), results
    finally:
        assert installation.admin.ask("PATCH", path, binding, kind=APPLY).ok
    until(f"{name} holds again", lambda: all(map(is_denied, own)))
