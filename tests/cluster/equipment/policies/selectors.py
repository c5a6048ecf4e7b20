"""Label selectors and policy types, as the API defines them."""

from collections.abc import Iterable, Mapping

from tests.cluster.equipment.policies.model import JSON, Pod, World


def selects(selector: JSON, labels: Mapping[str, str]) -> bool:
    """An empty selector selects everything; all labels and expressions must hold."""
    exact = (selector.get("matchLabels") or {}).items()
    if any(labels.get(key) != value for key, value in exact):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions") or ())


def _holds(expression: JSON, labels: Mapping[str, str]) -> bool:
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or ()
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise ValueError(f"unknown operator in a label selector: {operator}")


def types_of(policy: JSON) -> frozenset[str]:
    """Ingress always and Egress where there is an egress section, unless the policy says otherwise."""
    spec = policy["spec"]
    if spec.get("policyTypes"):
        return frozenset(spec["policyTypes"])
    return frozenset({"Ingress", "Egress"} if spec.get("egress") else {"Ingress"})


def policies_for(pod: Pod, direction: str, policies: Iterable[JSON]) -> list[JSON]:
    """Those that select the pod in this direction ("Ingress" or "Egress")."""
    return [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and direction in types_of(policy)
        and selects(policy["spec"].get("podSelector") or {}, pod.labels)
    ]


def peer_pods(peer: JSON, namespace: str, world: World) -> list[Pod]:
    """Pods that a peer with selectors means; without a namespace selector, those of the policy's own namespace."""
    inside = peer.get("namespaceSelector")
    pod_selector = peer.get("podSelector") or {}

    def means(pod: Pod) -> bool:
        if inside is None:
            here = pod.namespace == namespace
        else:
            here = pod.namespace in world.namespaces and selects(inside, world.namespaces[pod.namespace])
        return here and selects(pod_selector, pod.labels)

    return [pod for pod in world.pods if means(pod)]
