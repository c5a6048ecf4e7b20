"""Who may do what in a lab's namespace. Roles are written once in k8s/fence; a lab only binds them.

A binding to those roles is all that the worker may make (a ValidatingAdmissionPolicy says so), so that it can hand out
nothing else.
"""

from __future__ import annotations

from typing import Any

from labs.providers.kubernetes.manifests import names
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

LEARNER = "learner"
_RBAC = "rbac.authorization.k8s.io"


def default_account(lab: LabSpec) -> Manifest:
    """The account of pods that name none: it mounts no token."""
    return names.named(lab, "v1", "ServiceAccount", "default", {"automountServiceAccountToken": False})


def learner_account(lab: LabSpec, settings: ClusterSettings) -> list[Manifest]:
    """Where a lab teaches kubectl: an account, and what it may do; its token is projected into the workspace."""
    if not lab.kubectl:
        return []
    account = names.named(lab, "v1", "ServiceAccount", LEARNER, {"automountServiceAccountToken": False})
    me = {"kind": "ServiceAccount", "name": LEARNER, "namespace": names.namespace_name(lab)}
    return [account, _binding(lab, "learner", f"{settings.fence}-lab-learner", me)]


def hands(lab: LabSpec, settings: ClusterSettings) -> list[Manifest]:
    """The worker's own rights, in this lab and no other: without them it does nothing here."""
    if settings.worker is None:
        return []
    worker = {"kind": "ServiceAccount", "name": settings.worker.name, "namespace": settings.worker.namespace}
    return [_binding(lab, "hands", f"{settings.fence}-lab-hands", worker)]


def _binding(lab: LabSpec, name: str, role: str, subject: dict[str, Any]) -> Manifest:
    content = {"roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role}, "subjects": [subject]}
    return names.named(lab, f"{_RBAC}/v1", "RoleBinding", name, content)
