"""Exams on a Docker engine: the examiner in a container of its own, each system on a closed network of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from docker.errors import NotFound

from labs.errors import ImageMissing, ProviderAway
from labs.exams import bundle
from labs.exams.asking import LAST_SECONDS, TOLD_TO_END
from labs.exams.errors import CutOff, ExaminerBroke
from labs.exams.events import Event
from labs.exams.hosts import commands, engine_names
from labs.exams.hosts.engine_channel import EngineChannel
from labs.exams.hosts.engine_names import ExamName
from labs.exams.hosts.engine_settings import EngineExamSettings
from labs.exams.hosts.engine_systems import EngineSystems
from labs.exams.hosts.leftovers import is_leftover
from labs.exams.listening import listen
from labs.exams.plan import Plan
from labs.exams.remote_runner import EXAMINER
from labs.exams.report import Findings, Isolation
from labs.providers.containers.plan import TOOLS
from labs.providers.docker import api, containers, network
from labs.providers.docker.api import absent_is_fine

MEMORY_MB, PROCESSES, CPUS = 1024, 64, 2.0
FOLDER_MB = 512
BEFORE_SECONDS = 60.0
END_SECONDS = LAST_SECONDS + 10


@dataclass
class EngineExamHost:
    """Holds exams on one engine."""

    settings: EngineExamSettings
    client: Any = field(default=None, repr=False)
    isolation: Isolation = "docker"

    def hold(self, plan: Plan, *, seconds: float, on_event: Callable[[Event], None]) -> Findings:
        """One exam; everything of it is removed at its end."""
        with api.in_our_words():
            self.sweep()
            exam = ExamName(self.settings.installation, secrets.token_hex(6), began=int(time.time()))
            systems = EngineSystems(self._client, exam, self.settings, self._image(TOOLS), seconds + BEFORE_SECONDS)
            try:
                return self._hold(plan, exam, systems, seconds=seconds, on_event=on_event)
            finally:
                self._remove(exam.only)

    def sweep(self) -> None:
        """Remove what exams left whose caller was killed."""
        with api.in_our_words():
            every = engine_names.all_of(self.settings.installation)
            running = {
                one["Labels"][engine_names.EXAM]
                for one in containers.summaries(self._client, every).values()
                if one["Labels"].get(engine_names.PART) == EXAMINER and one["State"] == "running"
            }
            for labels in self._labels(every):
                exam, age = labels.get(engine_names.EXAM, ""), time.time() - engine_names.began(labels)
                if is_leftover(age_seconds=age, examiner_runs=exam in running):
                    self._remove([*every, f"{engine_names.EXAM}={exam}"])

    def end_all(self) -> bool:
        """Remove every exam of this installation: for whoever ends the platform."""
        with api.in_our_words():
            every = engine_names.all_of(self.settings.installation)
            found = bool(self._labels(every))
            self._remove(every)
            return found

    def _hold(
        self, plan: Plan, exam: ExamName, systems: EngineSystems, *, seconds: float, on_event: Callable[[Event], None]
    ) -> Findings:
        deadline = time.monotonic() + seconds
        with bundle.packed(plan.submission) as submission:
            systems.keep(submission)
            with self._examiner(exam, seconds=seconds) as channel:
                try:
                    for piece in bundle.stream(plan, submission=submission):
                        channel.send(piece)
                    return listen(channel, deadline=deadline, on_event=on_event, systems=systems)
                except ExaminerBroke as broke:
                    if isinstance(broke, CutOff) and self._was_ended(exam):
                        raise ProviderAway("the examiner's container was ended from outside") from broke
                    raise ExaminerBroke(f"{broke} {channel.errors}".strip()) from broke

    def _was_ended(self, exam: ExamName) -> bool:
        """Whether somebody ended the examiner; ProviderAway where it still runs, and so only the connection broke."""
        try:
            ended = self._client.api.wait(exam.of(EXAMINER), timeout=END_SECONDS)
        except NotFound:
            return True
        return bool(ended["StatusCode"] == TOLD_TO_END)

    @contextmanager
    def _examiner(self, exam: ExamName, *, seconds: float) -> Iterator[EngineChannel]:
        """The examiner, attached to and started. It has a closed network of its own, and enters those of systems."""
        client, labels = self._client, exam.labels(EXAMINER)
        subnet = network.create(client, exam.of(EXAMINER), labels, self.settings.pool, seed=exam.identity)
        if subnet is None:
            raise ExaminerBroke(f"no subnet of {self.settings.pool} is free for the examiner.")
        options = containers.hardened(memory_mb=MEMORY_MB, cpus=CPUS, processes=PROCESSES)
        options |= containers.attached(exam.of(EXAMINER), None, {})
        options["sysctls"] = {**options["sysctls"], "net.ipv4.ip_forward": "0"}
        options |= {
            "image": self._image(EXAMINER),
            "command": commands.within(seconds + BEFORE_SECONDS, commands.EXAMINER),
            "tmpfs": containers.tmpfs({str(bundle.INSIDE): FOLDER_MB}),
            "working_dir": "/",
            "hostname": EXAMINER,
            "stdin_open": True,
            "log_config": containers.NO_LOG,
        }
        client.containers.create(name=exam.of(EXAMINER), labels=labels, **options)
        channel = EngineChannel(client, exam.of(EXAMINER))
        try:
            client.api.start(exam.of(EXAMINER))
            yield channel
        finally:
            channel.close()

    def _labels(self, every: list[str]) -> list[dict[str, str]]:
        """The labels of everything that exams have."""
        client, filters = self._client, {"label": every}
        return [
            *(one["Labels"] for one in containers.summaries(client, every).values()),
            *(one.attrs["Labels"] or {} for one in client.networks.list(filters=filters)),
            *(one.attrs["Labels"] or {} for one in client.volumes.list(filters=filters)),
        ]

    def _remove(self, labels: list[str]) -> None:
        """Everything with these labels, at once: there is nothing in it that must end in good order."""
        for name in containers.summaries(self._client, labels):
            with absent_is_fine():
                self._client.api.remove_container(name, v=True, force=True)
        network.remove_labelled(self._client, labels)
        for volume in self._client.volumes.list(filters={"label": labels}):
            with absent_is_fine():
                volume.remove(force=True)

    def _image(self, name: str) -> str:
        if name not in self.settings.images:
            raise ImageMissing(f"no image is named for '{name}'; python -m labs images makes it")
        return self.settings.images[name]

    @property
    def _client(self) -> Any:
        if self.client is None:
            self.client = api.connect(self.settings.address)
        return self.client
