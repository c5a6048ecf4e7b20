"""All objects of a lab in the order in which they are made: fence, holdings with the door, workloads last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labs.components.model import Component
from labs.providers.containers.plan import TOOLS, ContainerPlan, plan, tools
from labs.providers.kubernetes.manifests import (
    accounts,
    door,
    files,
    limits,
    names,
    namespace,
    network,
    pulling,
    resolver,
    services,
    storage,
    workloads,
)
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec


@dataclass(frozen=True)
class Recipe:
    """One lab, planned."""

    lab: LabSpec
    plans: tuple[ContainerPlan, ...]
    tools: ContainerPlan
    components: Mapping[str, Component]
    settings: ClusterSettings

    @property
    def running(self) -> tuple[ContainerPlan, ...]:
        """What runs: the components, and tools where no workspace is there to run commands in."""
        return self.plans if self._doors else (*self.plans, self.tools)

    @property
    def runner(self) -> str:
        """Where the lab's commands run."""
        return next((one.name for one in self._doors), self.tools.name)

    @property
    def namespace(self) -> Manifest:
        """Made by POST, first."""
        return namespace.namespace(self.lab, self.settings)

    @property
    def entry(self) -> list[Manifest]:
        """The worker's own rights within the namespace."""
        return accounts.hands(self.lab, self.settings)

    @property
    def fence(self) -> list[Manifest]:
        """What must stand, and be seen to stand, before anything can run."""
        ports = [one.port for one in self.plans]
        asked = [one.port for one in self.plans if self.components[one.name].speaks_http]
        doors = {one.name: one.port for one in self._doors}
        return [
            *network.policies(self.lab, self.settings, ports=ports, asked=asked, doors=doors),
            limits.quota(self.lab, self.running),
            limits.limit_range(self.lab),
            accounts.default_account(self.lab),
        ]

    @property
    def holdings(self) -> list[Manifest]:
        """What workloads need: the learner's rights, the volume, secrets, addresses, the way in."""
        ways = {one.name: door.door(self.lab, one, self.settings) for one in self._doors}
        return [
            *accounts.learner_account(self.lab, self.settings),
            storage.claim(self.lab, self.settings),
            *files.secrets(self.lab, [*self.plans, self.tools]),
            *services.services(self.lab, self.plans, {name: names.digest(made) for name, made in ways.items()}),
            *(one for made in ways.values() for one in made),
        ]

    @property
    def pull_secret(self) -> list[Manifest]:
        """Who pulls its images, read anew each time; looking at a lab must not need it, so it is no holding."""
        return [names.named(self.lab, "v1", "Secret", pulling.NAME, one) for one in pulling.content(self.settings)]

    def workloads(self, addresses: Mapping[str, str]) -> list[Manifest]:
        """What runs; `addresses` are the cluster addresses of this lab's Services, which the cluster chose."""
        own = addresses[network.RESOLVER]
        known = {name: address for name, address in addresses.items() if name != network.RESOLVER}
        return [*resolver.resolver(self.lab, self.settings, known), *(self._workload(one, own) for one in self.running)]

    def _workload(self, one: ContainerPlan, own: str) -> Manifest:
        return workloads.workload(self.lab, one, self.tools, self.settings, resolver=own, door=one in self._doors)

    @property
    def _doors(self) -> list[ContainerPlan]:
        return [one for one in self.plans if self.components[one.name].door]


def recipe(lab: LabSpec, components: Mapping[str, Component], settings: ClusterSettings) -> Recipe:
    """Plan a lab; components find one another by the names of their Services."""
    plans = plan(lab, components, settings.images, address=_service, door=door.address(lab, settings).url)
    helper = tools(lab, components, settings.images[TOOLS], address=_service)
    return Recipe(lab, plans, helper, components, settings)


def _service(component: str) -> str:
    return component
