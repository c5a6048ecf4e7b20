"""The cluster over the network, by the official client: the only place that speaks HTTP to it, and that retries."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import urllib3
from kubernetes import client as official
from kubernetes import config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from websocket import WebSocket

from labs.errors import LabBusy, OurFault, ProviderAway, ProviderRefused
from labs.providers.kubernetes import streams, trouble
from labs.providers.kubernetes.cluster import DEPLOYMENT, POD, Executed, Kind, kind_of
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.trouble import Answer, Expired, Missing, QuotaUsedUp, Taken

FIELD_MANAGER = "mlops-academy"
_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_CONNECT_SECONDS = 3.0
_PAGE = 500
_READ_TRIES = 3
_RACE_SECONDS = (0.05, 0.2, 0.6)
_LOG_LINES = 2000
_LOG_BYTES = 4 * 1_048_576
# A container that has not begun yet, or never ended: it has said nothing.
_NOTHING_SAID = ("is waiting to start", "previous terminated container", "ContainerCreating")
# A Deployment that is gone has no pods left, and none can come.
_PROPAGATION = {DEPLOYMENT: "Foreground"}


class ApiCluster:
    """Reading is tried again at once, a few times; what writes is not: whoever asked observes and asks again."""

    read_seconds = 20.0
    """How long an answer is waited for."""

    def __init__(self, configuration: official.Configuration) -> None:
        # The client's own retries would repeat writes behind our back.
        configuration.retries = False
        self._configuration = configuration
        # Discovery asks for everything that the cluster has; the paths of our few kinds are known.
        api = official.ApiClient(configuration)
        self._dynamic = DynamicClient(api, discoverer=lambda *_: None)

    @classmethod
    def here(cls) -> Self:
        """By the pod's own service account where we are a pod of the cluster, by KUBECONFIG elsewhere."""
        inside = os.environ.get("KUBERNETES_SERVICE_HOST") and _TOKEN.exists()
        return cls.inside() if inside else cls.of_kubeconfig()

    @classmethod
    def inside(cls) -> Self:
        """With the pod's own service account, whose token is read again when it is renewed."""
        return cls._by(config.load_incluster_config)

    @classmethod
    def of_kubeconfig(cls, path: str | None = None, *, context: str | None = None) -> Self:
        """With a kubeconfig file, the one that kubectl would take when none is named."""
        return cls._by(config.load_kube_config, config_file=path, context=context, persist_config=False)

    @classmethod
    def _by(cls, load: Any, **how: Any) -> Self:
        configuration = official.Configuration()
        try:
            load(client_configuration=configuration, **how)
        except (config.ConfigException, OSError) as error:
            raise OurFault(f"there is no way to the cluster: {error}") from error
        return cls(configuration)

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Manifest | None:
        """Read one object."""
        with contextlib.suppress(Missing):
            return self._read(kind.path(namespace, name))
        return None

    def list(self, kind: Kind, namespace: str | None = None, *, selector: str = "") -> Sequence[Manifest]:
        """Read all pages; when the list expires meanwhile (410), begin again."""
        for _ in range(_READ_TRIES):
            with contextlib.suppress(Expired):
                return self._pages(kind, namespace, selector)
        raise ProviderAway(f"{kind.plural} change faster than they can be listed")

    def create(self, manifest: Manifest) -> Manifest | None:
        """POST; None when the name is taken."""
        metadata = manifest["metadata"]
        path = kind_of(manifest).path(metadata.get("namespace"))
        with contextlib.suppress(Taken):
            return self._write("POST", path, manifest, field_manager=FIELD_MANAGER)
        return None

    def apply(self, manifest: Manifest) -> Manifest:
        """Server-side apply; other managers' changes to our fields are taken back."""
        metadata = manifest["metadata"]
        path = kind_of(manifest).path(metadata["namespace"], metadata["name"])
        how = {"content_type": "application/apply-patch+yaml", "force_conflicts": True}
        for seconds in _RACE_SECONDS:
            with contextlib.suppress(QuotaUsedUp):
                return self._write("PATCH", path, manifest, field_manager=FIELD_MANAGER, **how)
            # Where another caller is just making it, there will be nothing to be counted.
            time.sleep(seconds)
        return self._write("PATCH", path, manifest, field_manager=FIELD_MANAGER, **how)

    def delete(self, kind: Kind, name: str, namespace: str | None = None, *, uid: str) -> None:
        """Delete the object with this UID."""
        options = {"propagationPolicy": _PROPAGATION.get(kind, "Background"), "preconditions": {"uid": uid}}
        with contextlib.suppress(Missing, LabBusy):  # 409: it is not this object any more
            self._write("DELETE", kind.path(namespace, name), options)

    def log(self, namespace: str, pod: str, container: str, *, previous: bool, max_bytes: int) -> str:
        """The end of what the kubelet still has, within a cap on what is transferred."""
        asked = [
            ("container", container), ("tailLines", _LOG_LINES), ("limitBytes", _LOG_BYTES),
            ("previous", "true" if previous else "false"),
        ]  # fmt: skip
        try:
            data = self._call("GET", f"{POD.path(namespace, pod)}/log", query_params=asked)
        except Missing:
            return ""
        except ProviderRefused as refused:
            if any(one in str(refused) for one in _NOTHING_SAID):
                return ""
            raise
        told = data[-max_bytes:].decode(errors="replace")
        # This one the kubelet answers with success, in the log's place.
        return "" if told.startswith("unable to retrieve container logs for ") else told

    def execute(
        self, namespace: str, pod: str, container: str, argv: Sequence[str], *, timeout: float, max_bytes: int
    ) -> Executed:
        """Run a command, over a connection of its own."""
        where = streams.Where(namespace, pod, container)
        return streams.execute(self._configuration, where, argv, timeout=timeout, max_bytes=max_bytes)

    def attach(self, namespace: str, pod: str, container: str) -> Any:
        """A connection to a container's own streams, for whoever holds an exam there."""
        return streams.attach(self._configuration, streams.Where(namespace, pod, container))

    def forward(self, namespace: str, pod: str, port: int) -> WebSocket:
        """Open a way to a port of a pod, past any NetworkPolicy. Frames begin with the channel; 0 is the data's."""
        path = f"{POD.path(namespace, pod)}/portforward"
        what = f"forward a port of {pod}"
        return streams.connected(self._configuration, path, [("ports", port)], what=what, target=pod)

    def _pages(self, kind: Kind, namespace: str | None, selector: str) -> Sequence[Manifest]:
        items: list[Manifest] = []
        going_on: str | None = None
        while True:
            page = self._read(kind.path(namespace), label_selector=selector or None, limit=_PAGE, _continue=going_on)
            # Objects of a list do not say their kind.
            items += [{"apiVersion": kind.api_version, "kind": kind.kind} | one for one in page["items"]]
            going_on = page["metadata"].get("continue")
            if not going_on:
                return items

    def _read(self, path: str, **how: Any) -> Manifest:
        for tries in range(_READ_TRIES):
            try:
                found: Manifest = json.loads(self._call("GET", path, **how))
                return found
            except ProviderAway as error:
                if tries + 1 == _READ_TRIES or error.retry_after > 2:
                    raise
                time.sleep(error.retry_after or 0.1 * 2**tries)
        raise AssertionError("unreachable")

    def _write(self, method: str, path: str, body: Mapping[str, Any], **how: Any) -> Manifest:
        try:
            found: Manifest = json.loads(self._call(method, path, body=dict(body), **how))
        except Missing as error:
            if method == "DELETE":
                raise
            raise LabBusy(f"the lab's namespace went away: {error}") from error
        return found

    def _call(self, method: str, path: str, **how: Any) -> bytes:
        # The dynamic client appends to a default argument unless it is given a list.
        how.setdefault("query_params", [])
        try:
            answer = self._dynamic.request(
                method, path, serialize=False, _request_timeout=(_CONNECT_SECONDS, self.read_seconds), **how
            )
        except ApiException as error:
            headers = error.headers or {}
            told = Answer.read(error.status or 0, error.body, headers.get("Retry-After"))
            raise trouble.of(told, f"{method} {path}") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ProviderAway(f"the cluster does not answer: {type(error).__name__} at {method} {path}") from error
        data: bytes = answer.data
        return data
