"""Applies manifests and waits until what they make is ready."""

import string
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError

from tests.cluster.equipment.clients import api_client
from tests.cluster.equipment.images import REFERENCES
from tests.cluster.equipment.places import EQUIPMENT, EquipmentError, Places

MANAGER = "academy-test-cluster"


def values(places: Places) -> dict[str, str]:
    """What a manifest of ours may name as ${...}."""
    images = {name.replace("-", "_"): reference for name, reference in REFERENCES.items()}
    return {**images, "dns_service": places.addresses.dns_service}


def manifest(name: str, places: Places) -> list[dict[str, Any]]:
    text = (EQUIPMENT / "manifests" / f"{name}.yaml").read_text()
    return documents(string.Template(text).substitute(values(places)))


def documents(text: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(text) if one]


class Objects:
    """The cluster's objects, for its administrator."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.api = api_client(kubeconfig)
        # The client's types say of every field that it may be missing; what the API promises is clear enough here.
        self.apps: Any = client.AppsV1Api(self.api)
        self.core: Any = client.CoreV1Api(self.api)
        self.network: Any = client.NetworkingV1Api(self.api)
        self._dynamic: Any = None

    def apply(self, wanted: Iterable[dict[str, Any]], *, seconds: float = 30) -> None:
        """Server-side, ours winning. A kind that was defined a moment ago is waited for."""
        for one in wanted:
            deadline = time.monotonic() + seconds
            while not self._applied(one):
                if time.monotonic() > deadline:
                    raise EquipmentError(f"the API server does not know {one['apiVersion']} {one['kind']}")
                time.sleep(0.1)

    def _applied(self, one: dict[str, Any]) -> bool:
        if self._dynamic is None:
            self._dynamic = DynamicClient(self.api)
        try:
            resource = self._dynamic.resources.get(api_version=one["apiVersion"], kind=one["kind"])
            self._dynamic.server_side_apply(resource, body=one, field_manager=MANAGER, force_conflicts=True)
        except (ResourceNotFoundError, NotFoundError):
            self._dynamic.resources.invalidate_cache()
            return False
        return True

    def wait_established(self, definitions: Iterable[dict[str, Any]], *, seconds: float = 30) -> None:
        """Contour ends itself when its kinds are defined and not yet served."""
        extensions = client.ApiextensionsV1Api(self.api)
        for name in [one["metadata"]["name"] for one in definitions if one["kind"] == "CustomResourceDefinition"]:
            deadline = time.monotonic() + seconds
            while not _established(extensions.read_custom_resource_definition(name)):
                if time.monotonic() > deadline:
                    raise EquipmentError(f"the definition {name} is not served within {seconds:.0f} s")
                time.sleep(0.1)

    def wait_ready(self, namespace: str, deployment: str, *, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not self._is_ready(namespace, deployment):
            if time.monotonic() > deadline:
                raise EquipmentError(f"{deployment} in {namespace} is not ready:\n{self._why(namespace)}")
            time.sleep(0.1)

    def _is_ready(self, namespace: str, deployment: str) -> bool:
        try:
            found = self.apps.read_namespaced_deployment(deployment, namespace)
        except ApiException:
            return False
        current = (found.status.observed_generation or 0) >= found.metadata.generation
        return bool(current and (found.status.ready_replicas or 0) >= (found.spec.replicas or 1))

    def _why(self, namespace: str) -> str:
        """The last events say more than any state."""
        events = self.core.list_namespaced_event(namespace).items
        return "\n".join(f"    | {one.involved_object.name}: {one.reason}: {one.message}" for one in events[-12:])

    def wait_service(self, name: str, *, seconds: float = 90) -> None:
        """An aggregated API answers."""
        registration: Any = client.ApiregistrationV1Api(self.api)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            conditions = registration.read_api_service(name).status.conditions or []
            if any(one.type == "Available" and one.status == "True" for one in conditions):
                return
            time.sleep(0.2)
        raise EquipmentError(f"the API {name} is not available within {seconds:.0f} s")


def _established(definition: Any) -> bool:
    conditions = (definition.status and definition.status.conditions) or []
    return any(one.type == "Established" and one.status == "True" for one in conditions)
