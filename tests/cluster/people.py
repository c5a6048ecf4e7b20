"""Whoever asks the API server: an administrator by a kubeconfig, or a service account by its own token."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import urllib3
import yaml
from kubernetes import client

from tests.cluster.equipment.clients import api_client

APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Reply:
    status: int
    told: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        return str(self.told.get("message", ""))


class Person:
    """Asks as one identity; `token` in place of the kubeconfig's own certificate."""

    def __init__(self, kubeconfig: Path, token: str | None = None) -> None:
        self.kubeconfig = kubeconfig
        self.token = token

    @cached_property
    def configuration(self) -> client.Configuration:
        found: client.Configuration = api_client(self.kubeconfig).configuration
        if self.token is not None:
            found.cert_file = found.key_file = None
            found.api_key = {"authorization": f"Bearer {self.token}"}
        return found

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return client.ApiClient(self.configuration).rest_client.pool_manager

    @cached_property
    def trusting(self) -> urllib3.PoolManager:
        """Knows the API server and is nobody: for passing on what others ask."""
        return urllib3.PoolManager(ca_certs=str(self.configuration.ssl_ca_cert), maxsize=16)

    def ask(
        self, method: str, path: str, body: object = None, *, kind: str = "application/json", dry: bool = False,
        manager: str = "test",
    ) -> Reply:  # fmt: skip
        """One request; with `dry` it is judged as ever and nothing is kept. What `manager` applies is all of its."""
        more = ["dryRun=All"] if dry else []
        if kind == APPLY:
            more += [f"fieldManager={manager}", "force=true"]
        url = f"{self.configuration.host}{path}" + ("?" + "&".join(more) if more else "")
        headers = {"content-type": kind} | ({"authorization": f"Bearer {self.token}"} if self.token else {})
        data = None if body is None else json.dumps(body).encode()
        answer = self._pool.request(method, url, headers=headers, body=data, timeout=20)
        try:
            told = json.loads(answer.data)
        except ValueError:
            told = {"message": answer.data.decode(errors="replace")}
        return Reply(answer.status, told if isinstance(told, dict) else {})

    def rights(self, namespace: str) -> str:
        """As `kubectl auth can-i --list` tells it, without what every account may ask about itself."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        }
        told = self.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review).told["status"]
        lines = set()
        for rule in told["resourceRules"]:
            for group in rule.get("apiGroups", []):
                for resource in rule.get("resources", []):
                    names = ",".join(rule.get("resourceNames", []))
                    lines.add(f"{group or 'core'} {resource} [{names}] {' '.join(sorted(rule['verbs']))}")
        return "".join(f"{line}\n" for line in sorted(lines) if "selfsubject" not in line)

    def write_kubeconfig(self, path: Path, *, server: str | None = None) -> Path:
        """For a process of its own; `server` in place of the API server's address."""
        found = self.configuration
        cluster: dict[str, Any] = {"server": server or found.host}
        if server is None or server.startswith("https"):
            authority = Path(str(found.ssl_ca_cert)).read_bytes()
            cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
        told = {
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": cluster}],
            "users": [{"name": "it", "user": {"token": self.token}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        }  # fmt: skip
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(told))
        return path
