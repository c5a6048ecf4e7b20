"""A component as a Deployment: its plan, in Kubernetes' words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from labs.providers.containers.plan import ContainerPlan, Mount
from labs.providers.kubernetes import inside
from labs.providers.kubernetes.manifests import accounts, files, limits, names, pods, storage
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

_TOKEN_SECONDS = 3600
_KUBECTL = "/var/run/secrets/kubernetes.io/serviceaccount"


def workload(
    lab: LabSpec, plan: ContainerPlan, tools: ContainerPlan, settings: ClusterSettings, *, resolver: str, door: bool
) -> Manifest:
    """The Deployment of one component; `tools` prepares its volume, `resolver` is the address of the lab's own."""
    kubectl = door and lab.kubectl
    spec = pods.pod(
        settings,
        [_container(lab, plan, settings, kubectl=kubectl)],
        _volumes(plan, kubectl=kubectl),
        dns={
            "nameservers": [resolver],
            "searches": [f"{names.namespace_name(lab)}.svc.cluster.local"],
            "options": [{"name": "ndots", "value": "2"}],
        },
        serviceAccountName=accounts.LEARNER if kubectl else "default",
        initContainers=[_prepare(plan, tools, settings)],
        affinity=_together(lab),
    )
    return pods.deployment(lab, plan.name, spec, marks={"content": files.content_digest(plan)})


def _container(lab: LabSpec, plan: ContainerPlan, settings: ClusterSettings, *, kubectl: bool) -> dict[str, Any]:
    mounts = [_mount(plan, index, one) for index, one in enumerate(plan.mounts)]
    if kubectl:
        mounts.append({"name": "kubectl", "mountPath": _KUBECTL, "readOnly": True})
    return {
        "name": plan.name,
        "image": plan.image,
        "imagePullPolicy": settings.pull_policy,
        # Its image's entry point is an init, which starts these.
        "args": [literal(part) for part in plan.argv],
        "workingDir": _working_folder(plan.mounts),
        "envFrom": [{"secretRef": {"name": files.environment_name(plan)}}],
        "securityContext": pods.confined(),
        "resources": pods.resources(plan.memory_mb, plan.cpus),
        "volumeMounts": mounts,
    } | _asked(lab, plan)


def _asked(lab: LabSpec, plan: ContainerPlan) -> dict[str, Any]:
    """How it is asked whether it is ready: by the name that its neighbours use, for it refuses others."""
    if plan.port == 0:
        return {}
    # The lab's own credential, in its own Deployment: nobody but its learner and the worker can read that.
    headers = {"Host": f"{plan.name}:{plan.port}"} | lab.headers(plan.credential)
    return {
        "ports": [{"containerPort": plan.port, "protocol": "TCP"}],
        "startupProbe": pods.probe(plan.ready, plan.port, headers, failures=lab.limits.start_seconds),
        "readinessProbe": pods.probe(plan.ready, plan.port, headers),
    }


def _prepare(plan: ContainerPlan, tools: ContainerPlan, settings: ClusterSettings) -> dict[str, Any]:
    return {
        "name": "prepare",
        "image": tools.image,
        "imagePullPolicy": settings.pull_policy,
        "command": [literal(part) for part in (*inside.argv("prepare"), plan.name)],
        # The image's own folder would be made by the container runtime, as root, where the work shall be.
        "workingDir": "/",
        "envFrom": [{"secretRef": {"name": files.environment_name(tools)}}],
        "securityContext": pods.confined(),
        "resources": pods.resources(limits.PREPARE_MEMORY_MB, plan.cpus),
        "volumeMounts": [
            {"name": "lab", "mountPath": "/lab"},
            {"name": "starter", "mountPath": "/lab-starter", "readOnly": True},
        ],
    }


def _volumes(plan: ContainerPlan, *, kubectl: bool) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        {"name": "lab", "persistentVolumeClaim": {"claimName": storage.CLAIM}},
        {"name": "starter", "secret": {"secretName": files.STARTER}},
        # Readable by the group, which is the volume's own group: files of a Secret belong to root.
        {"name": "run", "secret": {"secretName": files.files_name(plan), "defaultMode": 0o440}},
    ]
    volumes += [
        {"name": f"tmp-{index}", "emptyDir": {"sizeLimit": f"{limits.SCRATCH_MB}Mi"}}
        for index, one in enumerate(plan.mounts)
        if one.volume == "tmp"
    ]
    return volumes + ([_token()] if kubectl else [])


def _mount(plan: ContainerPlan, index: int, mount: Mount) -> dict[str, Any]:
    where = {"mountPath": mount.path, "readOnly": mount.read_only}
    kind: Literal["work", "state", "run", "home", "tmp"] = mount.volume
    match kind:
        case "run":
            return where | {"name": "run", "readOnly": True}
        case "tmp":
            return where | {"name": f"tmp-{index}"}
        case "state":
            return where | {"name": "lab", "subPath": f"state/{plan.name}"}
    return where | {"name": "lab", "subPath": kind}


def _token() -> dict[str, Any]:
    """What kubectl looks for: a token that lives an hour at most and is renewed by the kubelet."""
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": _TOKEN_SECONDS}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    return {"name": "kubectl", "projected": {"defaultMode": 0o440, "sources": sources}}


def _together(lab: LabSpec) -> dict[str, Any]:
    """On the node where the lab's volume is."""
    term = {"labelSelector": {"matchLabels": names.labels(lab)}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _working_folder(mounts: Sequence[Mount]) -> str:
    return next((one.path for one in mounts if one.volume == "work"), "/")


def literal(part: str) -> str:
    """Kubernetes would put a variable's value for `$(NAME)`."""
    return part.replace("$(", "$$(")
