"""What a learner, or whoever speaks for one, could ask of the API server: each with the control that refuses it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

#: Where the control is not: a namespace that nobody fenced, or a person whom no role holds.
Without = Literal["a plain namespace", "an administrator"]
Pod = dict[str, Any]
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
FOREIGN = "elsewhere.example/academy/workspace"
DIGEST = f"sha256:{'1' * 64}"


@dataclass(frozen=True)
class Call:
    """`who` asks; `path` is below the namespace's own, or of a group (`/apis/...`, with {namespace} in it)."""

    case: str
    says: str
    body: Callable[[Pod], dict[str, Any] | None]
    who: Literal["learner", "admin"] = "learner"
    path: str = "pods"
    method: str = "POST"
    without: Without = "a plain namespace"
    kind: str = "application/json"


def changed(**spec: Any) -> Callable[[Pod], Pod]:
    """A pod whose spec says this as well."""

    def body(pod: Pod) -> Pod:
        return {**pod, "spec": {**pod["spec"], **spec}}

    return body


def container(**spec: Any) -> Callable[[Pod], Pod]:
    """A pod whose container says this in place of what it said."""

    def body(pod: Pod) -> Pod:
        first = pod["spec"]["containers"][0]
        merged = {
            key: {**first.get(key, {}), **value} if isinstance(value, dict) else value for key, value in spec.items()
        }
        return {**pod, "spec": {**pod["spec"], "containers": [{**first, **merged}]}}

    return body


def without_seccomp(pod: Pod) -> Pod:
    user = {key: value for key, value in pod["spec"]["securityContext"].items() if key != "seccompProfile"}
    return {**pod, "spec": {**pod["spec"], "securityContext": user}}


def secure(**more: Any) -> Callable[[Pod], Pod]:
    return container(securityContext=more)


def unmasked(pod: Pod) -> Pod:
    """Only a pod with users of its own may even ask for it."""
    return changed(hostUsers=False)(secure(procMount="Unmasked")(pod))


SECURITY = "violates PodSecurity"
POD_SECURITY = (
    Call("K01 privileged", SECURITY, secure(privileged=True, allowPrivilegeEscalation=True)),
    Call("K01 privileges by a program with the setuid bit", SECURITY, secure(allowPrivilegeEscalation=True)),
    Call("K02 a folder of the node", SECURITY, changed(volumes=[{"name": "node", "hostPath": {"path": "/"}}])),
    Call("K03 the node's network", SECURITY, changed(hostNetwork=True)),
    Call("K03 the node's processes", SECURITY, changed(hostPID=True)),
    Call("K03 the node's memory", SECURITY, changed(hostIPC=True)),
    Call("K03 a port of the node", SECURITY, container(ports=[{"containerPort": 8080, "hostPort": 8080}])),
    Call("K04 root", SECURITY, secure(runAsUser=0, runAsNonRoot=False)),
    Call("K05 a capability", SECURITY, secure(capabilities={"add": ["NET_ADMIN"], "drop": ["ALL"]})),
    Call("K05 capabilities not dropped", SECURITY, secure(capabilities={})),
    Call("K06 no seccomp profile", SECURITY, without_seccomp),
    Call("K06 seccomp switched off", SECURITY, secure(seccompProfile={"type": "Unconfined"})),
    Call("K07 all of /proc", SECURITY, unmasked),
)


def _kept(name: str, path: str, method: str = "DELETE", body: dict[str, Any] | None = None) -> Call:
    return Call(
        f"K14 {name}", "cannot", lambda _: body, path=path, method=method, without="an administrator",
        kind=MERGE if method == "PATCH" else Call.kind,
    )  # fmt: skip


POLICIES = "/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
OPEN = {
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "open"},
    "spec": {"podSelector": {}, "ingress": [{}], "egress": [{}], "policyTypes": ["Ingress", "Egress"]},
}  # fmt: skip
BIND = {
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "more"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "learner", "namespace": "x"}],
}  # fmt: skip
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "more"}}
TOKEN = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
FENCE = (
    _kept("delete the fence", f"{POLICIES}/deny"),
    _kept("open the fence", f"{POLICIES}/deny", "PATCH", {"spec": OPEN["spec"]}),
    _kept("add an opening", POLICIES, "POST", OPEN),
    _kept("delete the quota", "resourcequotas/lab"),
    _kept("delete the limits", "limitranges/lab"),
    _kept("bind a role", BINDINGS, "POST", BIND),
    _kept("read a Secret", "secrets", "GET"),
    _kept("make a Secret", "secrets", "POST", SECRET),
    _kept("make a token", "serviceaccounts/default/token", "POST", TOKEN),
)


def _service(name: str, says: str, **spec: Any) -> Call:
    meta = {"name": "trial"}
    ports = [] if spec.get("type") == "ExternalName" else [{"port": 80}]
    whole = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"selector": {"app": "x"}, "ports": ports, **spec},
    }
    return Call(f"K23 {name}", says, lambda _: whole, who="admin", path="services")


CLUSTER_IP = "Services of labs are of type ClusterIP"
SERVICES = (
    _service("a LoadBalancer", CLUSTER_IP, type="LoadBalancer"),
    _service("a NodePort", CLUSTER_IP, type="NodePort"),
    _service("an ExternalName", CLUSTER_IP, type="ExternalName", externalName="academy.example"),
    _service("an external address", "no external address", externalIPs=["192.0.2.7"]),
    _service("a Service that selects nothing", "select pods of the lab", selector={}),
)

#: A pod that stands there when a call is made, for those that change one.
STANDING = "standing"


def _like_the_first(pod: Pod, image: str) -> dict[str, Any]:
    """Another container for this pod, as confined as its own."""
    own = pod["spec"]["containers"][0]
    return {"name": "another", "image": image, **{key: own[key] for key in ("command", "securityContext")}}


def _first(pod: Pod) -> Pod:
    return changed(initContainers=[_like_the_first(pod, f"{FOREIGN}@{DIGEST}")])(pod)


def _later(pod: Pod) -> dict[str, Any]:
    return {"spec": {"ephemeralContainers": [_like_the_first(pod, f"{FOREIGN}@{DIGEST}")]}}


PLACES = "places that the installation lists"
IMAGES = (
    Call("K26 an image by its tag", "named by digest", container(image="academy.test/probe:1")),
    Call("K26 an image without anything", "named by digest", container(image="probe")),
    Call("K26 an image of elsewhere", PLACES, container(image=f"{FOREIGN}@{DIGEST}")),
    Call("K26 an image of elsewhere to begin with", PLACES, _first),
    Call(
        "K26 an image of elsewhere beside what runs", PLACES, _later, who="admin", method="PATCH", kind=STRATEGIC,
        path=f"pods/{STANDING}/ephemeralcontainers",
    ),
    Call(
        "K26 an image that only looks like ours", PLACES,
        container(image=f"academy.test.evil.example/probe@{DIGEST}"),
    ),
)  # fmt: skip


def _reads(name: str, body: Callable[[Pod], dict[str, Any]], how: str, **more: Any) -> Call:
    return Call(f"K26 what its images are pulled with as {name}", f"as a {how}", body, **more)


#: Of the Secret that the platform puts into each lab where a registry asks who pulls.
PULLING = {"name": "image-pull"}
AS_A_FILE = {"secret": {"secretName": PULLING["name"]}}
CREDENTIALS = (
    _reads("a folder", changed(volumes=[{"name": "it", **AS_A_FILE}]), "volume"),
    _reads("a file", changed(volumes=[{"name": "it", "projected": {"sources": [{"secret": PULLING}]}}]), "volume"),
    _reads("variables", container(envFrom=[{"secretRef": PULLING}]), "variable"),
    _reads(
        "a variable",
        container(env=[{"name": "IT", "valueFrom": {"secretKeyRef": {**PULLING, "key": ".dockerconfigjson"}}}]),
        "variable",
    ),
)
CALLS = (*POD_SECURITY, *FENCE, *SERVICES, *IMAGES, *CREDENTIALS)
