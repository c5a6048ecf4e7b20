"""Who pulls images of labs, where the registry asks: a Secret that pods name and that nobody in them reads.

A kubelet takes it from the pod's own namespace, so each lab and each exam has a copy. A learner who may make pods could
have one read it; k8s/fence/policy-secrets.yaml refuses that.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labs.errors import ProviderUnopened
from labs.providers.kubernetes.settings import ClusterSettings

NAME = "image-pull"
KIND = "kubernetes.io/dockerconfigjson"
_KEY = ".dockerconfigjson"
_CREDENTIALS = ("auth", "username", "identitytoken", "registrytoken")


def named(settings: ClusterSettings) -> list[dict[str, str]] | None:
    """What a pod says of it; None where nobody asks who pulls."""
    return None if settings.pull_secret is None else [{"name": NAME}]


def content(settings: ClusterSettings) -> list[dict[str, Any]]:
    """The Secret but for its name and place, as its file is at this moment; none where nobody asks who pulls.

    ProviderUnopened says what is wrong with the file.
    """
    if settings.pull_secret is None:
        return []
    text, _ = read(settings.pull_secret)
    return [{"type": KIND, "data": {_KEY: base64.b64encode(text).decode()}}]


def read(path: Path) -> tuple[bytes, frozenset[str]]:
    """Give the file as it is, and the registries for which it holds a credential."""
    what = f"the credentials for images of labs, {path},"
    try:
        text = path.read_bytes()
        told: Any = json.loads(text)
    except OSError as error:
        raise ProviderUnopened(f"{what} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ProviderUnopened(f"{what} are not JSON: {error}") from error
    entries = told.get("auths") if isinstance(told, dict) else None
    held = {host for host, one in entries.items() if _is_credential(one)} if isinstance(entries, dict) else set()
    if not held:
        raise ProviderUnopened(
            f"{path} holds no credential of any registry under `auths`. A `docker login` that keeps them in a store of "
            "its machine (credsStore) leaves none in the file; `kubectl create secret docker-registry` makes one."
        )
    return text, frozenset(map(_host, held))


def _is_credential(entry: Any) -> bool:
    return isinstance(entry, Mapping) and any(entry.get(key) for key in _CREDENTIALS)


def _host(entry: str) -> str:
    """Docker Hub's entry is a whole address."""
    return entry.partition("://")[2].partition("/")[0] if "://" in entry else entry.partition("/")[0]
