"""What `lms doctor` says of a cluster's nodes where nothing is pulled: whether they hold the images of labs. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.providers.kubernetes.settings import ClusterSettings
from lms.supervisor.finding import Finding

SUBJECT = "images on nodes"
LOAD = "Load them there (ctr --namespace k8s.io images import), or set pull_policy: IfNotPresent."
DOCKERS = "docker.io"
#: A kubelet tells of its largest images only (nodeStatusMaxImages).
MOST_TOLD = 50


def held(nodes: Sequence[Mapping[str, Any]], described: ClusterSettings) -> Finding:
    """Look at those that take labs; where a node tells of as many images as it may, what it leaves out is unknown."""
    wanted = {"resolver": described.resolver_image, **described.images}
    lacking: list[str] = []
    unknown: list[str] = []
    for node in filter(lambda one: _takes_labs(one, described), nodes):
        images = node["status"].get("images") or []
        there = {_full(name) for image in images for name in image.get("names") or []}
        if absent := sorted(name for name, image in wanted.items() if _full(image) not in there):
            told = f"{node['metadata']['name']}: {', '.join(absent)}"
            (unknown if len(images) >= MOST_TOLD else lacking).append(told)
    if lacking:
        return Finding(SUBJECT, "missing", f"not there, so no lab starts on {'; '.join(lacking)}", LOAD)
    if unknown:
        what = f"nodes tell of {MOST_TOLD} images only, and these are not among them: {'; '.join(unknown)}"
        return Finding(SUBJECT, "degraded", what, "Look on the node: crictl images.")
    return Finding(SUBJECT, "good", "every node that takes labs has them")


def _full(image: str) -> str:
    """The name with its registry, as nodes tell it: what names none is of Docker's."""
    first, slash, _ = image.partition("/")
    if not slash:
        return f"{DOCKERS}/library/{image}"
    return image if {".", ":"} & set(first) or first == "localhost" else f"{DOCKERS}/{image}"


def _takes_labs(node: Mapping[str, Any], described: ClusterSettings) -> bool:
    spec, labels = node.get("spec") or {}, node["metadata"].get("labels") or {}
    in_the_way = [taint for taint in spec.get("taints") or [] if taint["effect"] in ("NoSchedule", "NoExecute")]
    tolerated = all(any(_tolerates(one, taint) for one in described.tolerations) for taint in in_the_way)
    return not spec.get("unschedulable") and tolerated and described.node_selector.items() <= labels.items()


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """As the scheduler decides: what a toleration leaves open fits all."""
    key = toleration.get("key") in (None, "", taint["key"])
    value = toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", "")
    return key and value and toleration.get("effect") in (None, "", taint["effect"])
