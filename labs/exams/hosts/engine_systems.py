"""The systems of an exam on an engine: a container for each service, on a network with the examiner and nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any

from docker.errors import NotFound
from docker.types import Mount

from labs.errors import OurFault, ProviderAway
from labs.exams import sandbox
from labs.exams.asking import LOG_BYTES, LookAtSystem, Seen, ServiceOrder, StartSystem
from labs.exams.hosts import commands
from labs.exams.hosts.engine_names import PART, ExamName
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.remote_runner import EXAMINER
from labs.providers.docker import containers, network
from labs.providers.docker.api import Client, absent_is_fine
from labs.providers.docker.network import Subnet
from labs.providers.docker.tending import log_of

LEAST_MEMORY_MB = 128
FIRST_PLACE = 3


@dataclass
class EngineSystems:
    """Makes them as the examiner asks, each afresh; whoever holds the exam removes what is left of them."""

    client: Client
    exam: ExamName
    settings: EngineExamSettings
    image: str
    seconds: float
    _services: dict[int, list[str]] = field(default_factory=dict)

    def keep(self, submission: IO[bytes]) -> None:
        """Put the submission into a volume, by a container that is never started: nothing can write there later."""
        volume, filler = self.exam.of("submission"), self.exam.of("filler")
        self.client.volumes.create(volume, labels=self.exam.labels("submission"))
        options = containers.hardened(memory_mb=64, cpus=1, processes=8)
        mount = Mount(commands.SUBMISSION, volume, type="volume", no_copy=True)
        options |= {"image": self.image, "command": ["true"], "network_mode": "none", "mounts": [mount]}
        self.client.containers.create(name=filler, labels=self.exam.labels("filler"), **options)
        submission.seek(0)
        self.client.api.put_archive(filler, commands.SUBMISSION, submission)
        self.client.api.remove_container(filler, force=True)

    def start(self, order: StartSystem) -> Seen:
        """Start the services of one system; the hosts are their addresses."""
        subnet = self._network(order.number)
        self.client.api.connect_container_to_network(
            self.exam.of(EXAMINER), self._part(order.number), ipv4_address=subnet.door
        )
        names = self._services[order.number] = []
        hosts = [str(subnet.whole[FIRST_PLACE + place]) for place in range(len(order.services))]
        for place, (service, host) in enumerate(zip(order.services, hosts, strict=True)):
            names.append(self._part(order.number, str(place)))
            options = self._options(order, service) | containers.attached(
                self._part(order.number), host, {EXAMINER: subnet.door}
            )
            self.client.containers.create(name=names[-1], labels=self._labels(order.number), **options)
        for name in names:
            self.client.api.start(name)
        return Seen(number=order.number, hosts=tuple(hosts))

    def look(self, ask: LookAtSystem) -> Seen:
        """The exit codes of those that ended; None for those that run. The engine tells what they use too slowly."""
        names = self._services[ask.number]
        said = tuple(log_of(self.client, name, max_bytes=LOG_BYTES) for name in names) if ask.logs else ()
        return Seen(number=ask.number, exits=tuple(map(self._exit, names)), logs=said)

    def end(self, number: int) -> Seen:
        """Remove the system and its network; the examiner leaves it first."""
        seen = self.look(LookAtSystem(number=number, logs=True))
        for name in self._services.pop(number):
            with absent_is_fine():
                self.client.api.remove_container(name, v=True, force=True)
        network.remove_labelled(self.client, [*self.exam.only, f"{PART}={self._labels(number)[PART]}"])
        return seen

    def _network(self, number: int) -> Subnet:
        name = self._part(number)
        made = network.create(self.client, name, self._labels(number), self.settings.pool, seed=name)
        if made is None:
            raise OurFault(f"no subnet of {self.settings.pool} is free for an exam")
        return made

    def _options(self, order: StartSystem, service: ServiceOrder) -> dict[str, Any]:
        memory = max(LEAST_MEMORY_MB, self.settings.system_memory_mb // len(order.services))
        hardened = containers.hardened(
            memory_mb=memory, cpus=self.settings.service_cpus, processes=sandbox.LIMITS["nproc"]
        )
        mount = Mount(commands.SUBMISSION, self.exam.of("submission"), type="volume", read_only=True, no_copy=True)
        # Programs may be run from scratch folders, as in the sandboxes of one machine.
        scratch = dict.fromkeys(commands.SCRATCH, f"size={commands.SCRATCH_MB}m,exec,{containers.TMPFS}")
        return hardened | {
            "image": self.image,
            "command": commands.within(self.seconds, commands.service(service)),
            "mounts": [mount],
            "tmpfs": scratch,
            "working_dir": "/",
        }

    def _exit(self, name: str) -> int | None:
        try:
            state = self.client.api.inspect_container(name)["State"]
        except NotFound as gone:
            raise ProviderAway("a service of the exam is gone: somebody removed its container") from gone
        return None if state["Running"] else int(state["ExitCode"])

    def _part(self, number: int, *more: str) -> str:
        return self.exam.of(f"system-{number}", *more)

    def _labels(self, number: int) -> dict[str, str]:
        return self.exam.labels(f"system-{number}")
