"""What a worker gone wrong would try, each as a call to the API server, and which policy keeps it from it.

Roles keep it from most of this already; a policy is tried with an administrator's role, so that it decides alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labs.spec import LabSpec
from tests.cluster.installation import NAMESPACES, Installation, home, namespace
from tests.cluster.people import APPLY

RBAC = "/apis/rbac.authorization.k8s.io/v1"
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "v1.34",
}
Call = tuple[str, str, object, str]


@dataclass(frozen=True)
class Attempt:
    """`policy` denies it, saying `says`; `call` gives method, path, body and content type.

    Outside labs a binding is denied twice over: `also` is the other policy.
    """

    name: str
    policy: str
    says: str
    call: Callable[[Installation, LabSpec], Call]
    also: str | None = None


def _labels(one: Installation, **changes: str) -> dict[str, str]:
    own = {"mlops-academy/installation": one.label, "mlops-academy/lab": "lab-9", "mlops-academy/generation": "1"}
    return {**own, **RESTRICTED, **{key.replace("__", "/"): value for key, value in changes.items()}}


def _make(name: str, **changes: str) -> Callable[[Installation, LabSpec], Call]:
    return lambda one, lab: (
        "POST", NAMESPACES, namespace(name, **{k: v for k, v in _labels(one, **changes).items() if v}),
        "application/json",
    )  # fmt: skip


def _delete(path: str) -> Callable[[Installation, LabSpec], Call]:
    return lambda one, lab: ("DELETE", _filled(path, one, lab), None, "application/json")


def _apply(path: str, body: dict[str, Any]) -> Callable[[Installation, LabSpec], Call]:
    return lambda one, lab: ("PATCH", _filled(path, one, lab), body, APPLY)


def _post(path: str, body: dict[str, Any]) -> Callable[[Installation, LabSpec], Call]:
    return lambda one, lab: ("POST", _filled(path, one, lab), body, "application/json")


def _filled(path: str, one: Installation, lab: LabSpec) -> str:
    return path.replace("{lab}", home(lab).rpartition("/")[2]).replace("{own}", one.name)


def _binding(where: str, role: str, *, name: str = "hands", to: tuple[str, str] | None = None, kind: str = "Cluster") \
        -> Callable[[Installation, LabSpec], Call]:  # fmt: skip
    def call(one: Installation, lab: LabSpec) -> Call:
        place = _filled(where, one, lab)
        account = to or (one.name, "worker")
        subject = {"kind": "ServiceAccount", "name": account[1], "namespace": _filled(account[0], one, lab)}
        body = {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": name, "namespace": place},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io", "kind": f"{kind}Role", "name": _filled(role, one, lab),
            },
            "subjects": [subject],
        }  # fmt: skip
        # What a binding refers to does not change, so an existing one is left alone.
        return "POST", f"{RBAC}/namespaces/{place}/rolebindings", body, "application/json"

    return call


def _with_an_alias(one: Installation, lab: LabSpec) -> Call:
    """As ingress-nginx is told of host names that no rule has; the rule is as it should be."""
    backend = {"service": {"name": "workspace", "port": {"number": 8888}}}
    rule = {"host": lab.host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    body = _object("networking.k8s.io/v1", "Ingress", "mine", spec={"rules": [rule]})
    body["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/server-alias": one.domain}
    return _post(INGRESSES, body)(one, lab)


def _object(api_version: str, kind: str, name: str, **content: object) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **content}


ROLE = _object("rbac.authorization.k8s.io/v1", "Role", "mine", rules=[])
CLUSTER_BINDING = _object(
    "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "mine", subjects=[],
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
)  # fmt: skip
TOKEN = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
VOLUME = _object(
    "v1", "PersistentVolume", "mine",
    spec={"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/"}},
)  # fmt: skip
LAB = "lab-0123456789abcdef"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{lab}/ingresses"
POLICIES = "/apis/admissionregistration.k8s.io/v1"

ATTEMPTS = (
    Attempt("delete a system namespace", "namespaces", "16 hex digits", _delete(f"{NAMESPACES}/kube-node-lease")),
    Attempt("delete the platform", "namespaces", "16 hex digits", _delete(f"{NAMESPACES}/{{own}}")),
    Attempt("a namespace of any name", "namespaces", "16 hex digits", _make("lab-1")),
    Attempt("a name that goes on", "namespaces", "16 hex digits", _make("lab-0123456789abcdef0")),
    Attempt(
        "another installation's lab", "namespaces", "this installation only",
        _make(LAB, **{"mlops-academy__installation": "1" * 16}),
    ),
    Attempt("no lab's label", "namespaces", "this installation", _make(LAB, **{"mlops-academy__lab": ""})),
    Attempt(
        "no Pod Security", "namespaces", "Pod Security restricted",
        _make(LAB, **{"pod-security.kubernetes.io__enforce": ""}),
    ),
    Attempt(
        "a weaker Pod Security", "namespaces", "Pod Security restricted",
        _make(LAB, **{"pod-security.kubernetes.io__enforce": "baseline"}),
    ),
    Attempt(
        "one that follows the cluster", "namespaces", "Pod Security restricted",
        _make(LAB, **{"pod-security.kubernetes.io__enforce-version": "latest"}),
    ),
    Attempt(
        "weaken a lab", "namespaces", "do not change",
        _apply(f"{NAMESPACES}/{{lab}}", namespace("{lab}", **{"pod-security.kubernetes.io/enforce": "privileged"})),
    ),
    Attempt(
        "change any namespace", "namespaces", "does not change namespaces",
        _apply(f"{NAMESPACES}/kube-system", namespace("kube-system", mine="yes")),
    ),
    Attempt("bind a role elsewhere", "bindings", "within labs", _binding("kube-system", "{own}-lab-hands"), "places"),
    Attempt(
        "bind to itself at home", "bindings", "within labs",
        _binding("{own}", "{own}-lab-hands", name="mine"), "places",
    ),
    Attempt("bind a greater role", "bindings", "learner's role", _binding("{lab}", "cluster-admin", name="mine")),
    Attempt(
        "bind a role of the lab", "bindings", "service account", _binding("{lab}", "harmless", name="mine", kind=""),
    ),
    Attempt(
        "give its hands to a learner", "bindings", "learner's role",
        _binding("{lab}", "{own}-lab-hands", name="mine", to=("{lab}", "learner")),
    ),
    Attempt(
        "let another lab's learner in", "bindings", "learner's role",
        _binding("{lab}", "{own}-lab-learner", name="learner", to=("kube-system", "learner")),
    ),
    Attempt("make a role", "bindings", "no roles", _post(f"{RBAC}/namespaces/{{lab}}/roles", ROLE)),
    Attempt("bind for all", "bindings", "within labs", _post(f"{RBAC}/clusterrolebindings", CLUSTER_BINDING), "places"),
    Attempt(
        "read a Secret by writing nothing to it", "places", "within labs only",
        _apply(f"{NAMESPACES}/{{own}}/secrets/platform", _object("v1", "Secret", "platform")),
    ),
    Attempt(
        "write a Secret elsewhere", "places", "within labs only",
        _post(f"{NAMESPACES}/kube-system/secrets", _object("v1", "Secret", "mine")),
    ),
    Attempt(
        "run something elsewhere", "places", "within labs only",
        _apply(f"{NAMESPACES}/default/configmaps/mine", _object("v1", "ConfigMap", "mine")),
    ),
    Attempt("a volume of the cluster", "places", "within labs only", _post("/api/v1/persistentvolumes", VOLUME)),
    Attempt(
        "take down the fence", "places", "deletes what runs",
        _delete("/apis/networking.k8s.io/v1/namespaces/{lab}/networkpolicies/deny"),
    ),
    Attempt("lift the quota", "places", "deletes what runs", _delete(f"{NAMESPACES}/{{lab}}/resourcequotas/lab")),
    Attempt(
        "delete the work", "places", "deletes what runs",
        _delete(f"{NAMESPACES}/{{lab}}/persistentvolumeclaims/lab"),
    ),
    Attempt(
        "a learner's token", "places", "makes no tokens",
        _post(f"{NAMESPACES}/{{lab}}/serviceaccounts/default/token", TOKEN),
    ),
    Attempt("a further host by an annotation", "hosts", "annotations that the installation lists", _with_an_alias),
)  # fmt: skip
