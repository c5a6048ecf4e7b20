"""A worker as a process of its own, which a test may kill: it drives one lab to ready, stopped or gone."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.process import BaseProcess

from labs.errors import LabBusy, OurFault
from labs.providers.kubernetes.provider import KubernetesProvider
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec
from tests.cluster.pausing import PausingCluster, PodlessCluster
from tests.factories.waiting import pause

SECONDS = 90.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def provider_of(
    kubeconfig: str, settings: ClusterSettings, installation: str, *, pods: bool = True
) -> KubernetesProvider:
    kind = PausingCluster if pods else PodlessCluster
    return KubernetesProvider(kind.of_kubeconfig(kubeconfig), settings, installation=installation)


def start(kubeconfig: str, settings: ClusterSettings, lab: LabSpec, verb: str) -> BaseProcess:
    """`verb` is ensure, make (all objects and no pod), stop or delete."""
    process = _FORKS.Process(target=work, args=(kubeconfig, settings, lab, verb))
    process.start()
    return process


def work(kubeconfig: str, settings: ClusterSettings, lab: LabSpec, verb: str) -> None:
    provider = provider_of(kubeconfig, settings, lab.installation, pods=verb != "make")
    {"ensure": until_ready, "make": until_made, "stop": until_stopped, "delete": until_gone}[verb](provider, lab)


def until_ready(provider: KubernetesProvider, lab: LabSpec) -> list[OurFault]:
    """As a worker does it: again after every fault. Gives the faults."""
    faults: list[OurFault] = []
    started = time.monotonic()
    while True:
        try:
            seen = provider.ensure(lab)
            if seen.state == "ready":
                return faults
        except OurFault as fault:
            faults.append(fault)
        assert time.monotonic() - started < SECONDS, (lab.name, seen, faults)
        pause(started, every=0.05)


def until_made(provider: KubernetesProvider, lab: LabSpec) -> list[OurFault]:
    """Until a step made all that was missing: then the lab has a door."""
    faults: list[OurFault] = []
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if provider.ensure(lab).door is not None:
                return faults
        except OurFault as fault:
            faults.append(fault)
        assert time.monotonic() < deadline, (lab.name, faults)


def until_stopped(provider: KubernetesProvider, lab: LabSpec) -> None:
    while provider.stop(lab).state != "stopped":
        time.sleep(0.05)


def until_gone(provider: KubernetesProvider, lab: LabSpec) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            return provider.delete(lab)
        except LabBusy:
            continue
    raise AssertionError(f"{lab.name} is still there")
