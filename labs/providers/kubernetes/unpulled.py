"""Images that a node cannot have: what its kubelet says of them, in a sentence with the cause. Pure."""

from __future__ import annotations

import re
from typing import Any

from labs.providers.kubernetes.manifests.names import Manifest

_REASONS = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_MOST = 500
#: What registries and runtimes say, and what it means; the first that fits. Registries say 404 to strangers as well.
_MEANINGS = {
    "The registry does not let the node in": ("unauthorized", "authorization", "denied", "forbidden"),
    "The registry does not have it": ("not found", "manifest unknown"),
    "The registry's certificate is not known to the node": ("x509", "certificate"),
    "The registry speaks http and the node https": ("http response to https",),
    "The registry does not answer the node": ("no such host", "refused", "timeout", "deadline", "no route", "reset"),
    "The node may not pull, and does not have it": ("is not present with pull policy",),
}


def containers(pod: Manifest) -> list[dict[str, Any]]:
    """What is known of a pod's containers, those that begin first."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def told(pod: Manifest) -> str | None:
    """Say why an image of this pod cannot be had; None where none is missed."""
    for one in containers(pod):
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _REASONS:
            image, why = one.get("image", ""), _why(str(waiting.get("message", "")))
            return f"its image {image} cannot be had; it is tried again. {why}".strip()[:_MOST]
    return None


def _why(message: str) -> str:
    """The message names the image up to three times; what matters stands behind the last one."""
    said = re.sub(r'\s*\[[^]]*]|"?\S+@sha256:[0-9a-f]{64}"?:?', " ", message.rpartition('": ')[2])
    said = " ".join(said.split()).replace(" :", ":")
    meanings = (means for means, signs in _MEANINGS.items() if any(sign in said.lower() for sign in signs))
    meaning = next(meanings, None)
    return f"{meaning}: {said}" if meaning else said
