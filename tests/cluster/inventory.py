"""All that a lab has in the cluster, by kind and name, with the UID that tells it from one made anew."""

from __future__ import annotations

from labs.spec import LabSpec
from tests.cluster.installation import NAMESPACES, Installation, home
from tests.cluster.people import Person

CORE = (
    "resourcequotas", "limitranges", "serviceaccounts", "persistentvolumeclaims", "secrets", "configmaps", "services",
)  # fmt: skip
OTHERS = (
    "apis/networking.k8s.io/v1/networkpolicies", "apis/rbac.authorization.k8s.io/v1/rolebindings",
    "apis/apps/v1/deployments", "apis/gateway.networking.k8s.io/v1/httproutes",
)  # fmt: skip
Objects = dict[tuple[str, str], str]
#: What Kubernetes itself puts into every namespace.
GIVEN = {("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")}


def inventory(admin: Person, lab: LabSpec) -> Objects:
    """What the worker made; ReplicaSets and pods, whose names are generated, are counted by `pods`."""
    inside = home(lab).rpartition("/")[2]
    found: Objects = {}
    places = [f"api/v1/{one}" for one in CORE]
    for place in (*places, *OTHERS):
        version, _, plural = place.rpartition("/")
        reply = admin.ask("GET", f"/{version}/namespaces/{inside}/{plural}")
        for one in reply.told.get("items", []):
            found[plural, one["metadata"]["name"]] = one["metadata"]["uid"]
    return found


def pods(admin: Person, lab: LabSpec) -> dict[str, list[str]]:
    """By component, the UIDs of its pods that are not ending."""
    found: dict[str, list[str]] = {}
    for one in admin.ask("GET", f"{home(lab)}/pods").told.get("items", []):
        if "deletionTimestamp" not in one["metadata"]:
            component = one["metadata"]["labels"].get("mlops-academy/component", "")
            found.setdefault(component, []).append(one["metadata"]["uid"])
    return found


def namespaces(installation: Installation, lab: LabSpec) -> dict[str, str]:
    """By name, the UIDs of all namespaces that say they are this lab."""
    selector = f"mlops-academy/installation={installation.label},mlops-academy/lab={lab.name}"
    items = installation.admin.ask("GET", f"{NAMESPACES}?labelSelector={selector}").told["items"]
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in items}
