"""What somebody asks of a cluster who looks whether it is fit for labs: nothing is made or changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from labs.errors import ProviderRefused
from labs.providers.kubernetes.client import ApiCluster
from labs.providers.kubernetes.cluster import NAMESPACE, Kind
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.trouble import Taken

_NODE = Kind("v1", "Node", "nodes", namespaced=False)
_POLICY = Kind(
    "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False
)
_BINDING = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    namespaced=False,
)


class Questions(ApiCluster):
    """Asked with the account that makes the labs, whose rights it tells."""

    read_seconds = 8.0

    def version(self) -> str:
        """Give the API server's version."""
        return str(self._read("/version")["gitVersion"])

    def account(self) -> str:
        """Give the name under which the cluster knows us."""
        told = self._review("authentication.k8s.io/v1", "SelfSubjectReview", {})
        return str(told["status"]["userInfo"].get("username", "nobody"))

    def may(self, verb: str, resource: str, *, group: str = "", name: str = "", namespace: str = "") -> bool:
        """Say whether our role lets us do this; admission policies are not asked."""
        asked = {"verb": verb, "resource": resource, "group": group, "name": name, "namespace": namespace}
        told = self._review(
            "authorization.k8s.io/v1", "SelfSubjectAccessReview", {"spec": {"resourceAttributes": asked}}
        )
        return bool(told["status"].get("allowed"))

    def may_make_namespace(self, name: str) -> bool:
        """Say whether we could make it: asked as a dry run, so that admission policies judge and nothing is made."""
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        try:
            self._write("POST", NAMESPACE.path(), manifest, dry_run="All")
        except ProviderRefused:
            return False
        except Taken:  # it is there, and nothing had forbidden us to make it
            pass
        return True

    def enforced_policies(self) -> set[str]:
        """Give the names of admission policies that are there and bound; ProviderRefused where we may not look."""
        there = {one["metadata"]["name"] for one in self.list(_POLICY)}
        return there & {one["spec"]["policyName"] for one in self.list(_BINDING)}

    def nodes(self) -> Sequence[Manifest]:
        """List the cluster's nodes; ProviderRefused where we may not look, as a worker may not."""
        return self.list(_NODE)

    def _review(self, api_version: str, kind: str, body: dict[str, Any]) -> Manifest:
        path = f"/apis/{api_version}/{kind.lower()}s"
        asked = {"apiVersion": api_version, "kind": kind, **body}
        told: Manifest = json.loads(self._call("POST", path, body=asked))
        return told
