"""An exam's two namespaces and all that is in them: pure. The examiner's, and that of the systems under examination.

They have the form and the labels that the worker's own fence asks of it, but not a lab's name: who looks for labs finds
none here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.exams.asking import FIRST_PORT, MOST_AT_ONCE
from labs.exams.hosts import commands
from labs.exams.remote_runner import EXAMINER
from labs.providers.kubernetes.manifests import names, pulling
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.namespace import pod_security
from labs.providers.kubernetes.settings import ClusterSettings

EXAM, PART = f"{names.PREFIX}exam", f"{names.PREFIX}exam-part"
SYSTEMS = "systems"
_RBAC = "rbac.authorization.k8s.io"
_NAMESPACE_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class ExamPlace:
    """One of the two namespaces of one holding of an exam."""

    settings: ClusterSettings
    installation: str
    identity: str
    part: str

    @property
    def name(self) -> str:
        """The namespace's name; none that follows from its labels, as a lab's does."""
        text = f"{self.installation}/exam/{self.identity}/{self.part}"
        return "lab-" + hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def labels(self) -> dict[str, str]:
        """What everything of it carries."""
        return {
            names.INSTALLATION: names.installation_label(self.installation),
            names.LAB: f"exam-{self.identity}",
            names.LAB_ID: "0",
            names.GENERATION: "1",
            EXAM: self.identity,
            PART: self.part,
        }

    @property
    def namespace(self) -> Manifest:
        """Made by POST, first."""
        labels = self.labels | pod_security(self.settings)
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}}

    @property
    def other(self) -> ExamPlace:
        """The other one."""
        part = SYSTEMS if self.part == EXAMINER else EXAMINER
        return ExamPlace(self.settings, self.installation, self.identity, part)

    @property
    def entry(self) -> list[Manifest]:
        """The worker's own rights within the namespace."""
        worker = self.settings.worker
        if worker is None:
            return []
        role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": f"{self.settings.fence}-lab-hands"}
        subject = {"kind": "ServiceAccount", "name": worker.name, "namespace": worker.namespace}
        binding = {"roleRef": role, "subjects": [subject]}
        return [self.object(f"{_RBAC}/v1", "RoleBinding", "hands", binding)]

    @property
    def pull_secret(self) -> list[Manifest]:
        """Who pulls the images of its pods."""
        return [self.object("v1", "Secret", pulling.NAME, one) for one in pulling.content(self.settings)]

    @property
    def fence(self) -> list[Manifest]:
        """Nobody in and nobody out, but the other namespace of this exam; and so much and no more."""
        services = [{"protocol": "TCP", "port": FIRST_PORT, "endPort": commands.LAST_PORT}]
        # Proxies listen where the examiner's kernel lets them; it listens to nothing else.
        proxies = [{"protocol": "TCP"}]
        into, out = (proxies, services) if self.part == EXAMINER else (services, proxies)
        labels = {"matchLabels": {EXAM: self.identity, PART: self.other.part}}
        peer = {
            "namespaceSelector": {"matchLabels": {_NAMESPACE_NAME: self.other.name}},
            "podSelector": labels,
        }
        both = ["Ingress", "Egress"]
        opening = {
            "podSelector": {}, "policyTypes": both,
            "ingress": [{"from": [peer], "ports": into}], "egress": [{"to": [peer], "ports": out}],
        }  # fmt: skip
        return [
            self._policy("deny", {"podSelector": {}, "policyTypes": both}),
            self._policy("exam", opening),
            self.object("v1", "ResourceQuota", "exam", {"spec": {"hard": self._most()}}),
            self.object("v1", "ServiceAccount", "default", {"automountServiceAccountToken": False}),
        ]

    def object(self, api_version: str, kind: str, name: str, content: Mapping[str, Any]) -> Manifest:
        """An object of this namespace."""
        metadata = {"name": name, "namespace": self.name, "labels": self.labels}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}

    def _policy(self, name: str, spec: dict[str, Any]) -> Manifest:
        return self.object("networking.k8s.io/v1", "NetworkPolicy", name, {"spec": spec})

    def _most(self) -> dict[str, str]:
        # Systems that end count until they have ended.
        pod_count = 2 if self.part == EXAMINER else 2 * MOST_AT_ONCE
        return {
            "pods": str(pod_count), "services": "0", "persistentvolumeclaims": "0",
            "secrets": "0" if self.settings.pull_secret is None else "1",
            "count/jobs.batch": "1" if self.part == EXAMINER else "0", "count/deployments.apps": "0",
        }  # fmt: skip
