"""What runs in an exam's namespaces: the examiner's Job, and a pod for each system. Pure."""

from __future__ import annotations

from typing import Any

from labs.exams import bundle
from labs.exams.asking import ServiceOrder, StartSystem
from labs.exams.handing_out import PORT as HANDING_OUT
from labs.exams.hosts import commands
from labs.exams.hosts.cluster_manifests import ExamPlace
from labs.exams.remote_runner import EXAMINER
from labs.providers.containers.plan import TOOLS
from labs.providers.kubernetes.manifests import pods, workloads
from labs.providers.kubernetes.manifests.names import Manifest

EXAMINER_MEMORY_MB, EXAMINER_CPUS, FOLDER_MB = 1024, 2.0, 512
SYSTEM_MEMORY_MB, LEAST_MEMORY_MB, SERVICE_CPUS = 2048, 128, 1.0
FETCH_MEMORY_MB, FETCH_CPUS, SUBMISSION_MB = 384, 1.0, 160
KEPT_SECONDS = 60
GRACE_SECONDS = 1
_NO_NAMES = {"nameservers": ["127.0.0.1"]}
# What a system's init container does: the examiner is all that it reaches, and its policies may come a moment later.
_FETCH = """
import io, sys, tarfile, time, urllib.request
until = time.monotonic() + 60
while True:
    try:
        with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
            found = answer.read()
        break
    except OSError:
        if time.monotonic() > until:
            raise
        time.sleep(0.1)
with tarfile.open(fileobj=io.BytesIO(found)) as tar:
    tar.extractall(sys.argv[2])
"""


def examiner(place: ExamPlace, *, seconds: float) -> Manifest:
    """The Job: one pod, once, without a token; its standard input is whoever attaches, and it ends with that."""
    container = {
        "name": EXAMINER,
        "image": place.settings.images[EXAMINER],
        "imagePullPolicy": place.settings.pull_policy,
        "args": list(commands.EXAMINER),
        "workingDir": "/",
        "stdin": True,
        "stdinOnce": True,
        "securityContext": pods.confined(),
        "resources": pods.resources(EXAMINER_MEMORY_MB, EXAMINER_CPUS),
        "volumeMounts": [{"name": "exam", "mountPath": str(bundle.INSIDE)}],
    }
    spec = pods.pod(
        place.settings, [container], [_scratch("exam", FOLDER_MB)], dns=_NO_NAMES, restartPolicy="Never",
        terminationGracePeriodSeconds=GRACE_SECONDS,
    )  # fmt: skip
    job = {
        "backoffLimit": 0,
        "completions": 1,
        "parallelism": 1,
        "activeDeadlineSeconds": int(seconds),
        "ttlSecondsAfterFinished": KEPT_SECONDS,
        "template": {"metadata": {"labels": place.labels}, "spec": spec},
    }
    return place.object("batch/v1", "Job", EXAMINER, {"spec": job})


def system(place: ExamPlace, order: StartSystem, *, examiner_at: str, seconds: float) -> Manifest:
    """A pod with a container for each service; they share an address and nothing else."""
    volumes: list[dict[str, Any]] = [{"name": "submission", "emptyDir": {"sizeLimit": f"{SUBMISSION_MB}Mi"}}]
    containers = []
    for number, service in enumerate(order.services):
        folders = {folder: f"scratch-{number}-{folder.strip('/')}" for folder in commands.SCRATCH}
        volumes += [_scratch(name, commands.SCRATCH_MB) for name in folders.values()]
        containers.append(_service(place, service, number, folders, share=len(order.services)))
    spec = pods.pod(
        place.settings, containers, volumes, dns=_NO_NAMES, restartPolicy="Never", initContainers=[_fetch(place)],
        hostAliases=[{"ip": examiner_at, "hostnames": [EXAMINER]}], activeDeadlineSeconds=int(seconds),
        terminationGracePeriodSeconds=GRACE_SECONDS,
    )  # fmt: skip
    return place.object("v1", "Pod", system_name(order.number), {"spec": spec})


def system_name(number: int) -> str:
    """Name the pod of a system."""
    return f"system-{number}"


def service_name(number: int) -> str:
    """Name the container of a service; what learners call it may be no name here."""
    return f"service-{number}"


def _service(
    place: ExamPlace, order: ServiceOrder, number: int, folders: dict[str, str], *, share: int
) -> dict[str, Any]:
    mounts = [{"name": "submission", "mountPath": commands.SUBMISSION, "readOnly": True}]
    mounts += [{"name": name, "mountPath": folder} for folder, name in folders.items()]
    return {
        "name": service_name(number),
        "image": place.settings.images[TOOLS],
        "imagePullPolicy": place.settings.pull_policy,
        "args": [workloads.literal(word) for word in commands.service(order)],
        "workingDir": "/",
        "securityContext": pods.confined(),
        "resources": pods.resources(max(LEAST_MEMORY_MB, SYSTEM_MEMORY_MB // share), SERVICE_CPUS),
        "volumeMounts": mounts,
    }


def _fetch(place: ExamPlace) -> dict[str, Any]:
    source = f"http://{EXAMINER}:{HANDING_OUT}/"
    return {
        "name": "fetch",
        "image": place.settings.images[TOOLS],
        "imagePullPolicy": place.settings.pull_policy,
        "command": [str(bundle.LAB_PYTHON), "-I", "-S", "-c", _FETCH, source, commands.SUBMISSION],
        "securityContext": pods.confined(),
        "resources": pods.resources(FETCH_MEMORY_MB, FETCH_CPUS),
        "volumeMounts": [{"name": "submission", "mountPath": commands.SUBMISSION}],
    }


def _scratch(name: str, megabytes: int) -> dict[str, Any]:
    """In memory, so that it is full when it is full."""
    return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": f"{megabytes}Mi"}}
