"""Labs on a Kubernetes cluster: a namespace each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from labs.components.loader import chosen_components
from labs.errors import ImageMissing, LabNotRunning, OurFault
from labs.ports import CAP_BYTES, CommandResult, Observation, Owned, Promises
from labs.providers.containers import reading
from labs.providers.containers.places import WORK
from labs.providers.containers.plan import TOOLS
from labs.providers.kubernetes import endings, epochs, finding, hands, inside, steps, views
from labs.providers.kubernetes.cluster import NAMESPACE, Cluster, Executed
from labs.providers.kubernetes.manifests import names, recipe
from labs.providers.kubernetes.manifests.names import Manifest
from labs.providers.kubernetes.manifests.recipe import Recipe
from labs.providers.kubernetes.promises import PROMISES
from labs.providers.kubernetes.settings import ClusterSettings
from labs.spec import LabSpec

_TIME_WAS_OVER = 250
_READ_SECONDS = 30.0
# The command ends itself in the pod; what is longer on its way than this is a broken connection.
_CONNECTION_SECONDS = 10.0


class KubernetesProvider:
    """Remembers nothing: every call lists what is there. `patience` is how long stopping and deleting wait at most."""

    def __init__(
        self, cluster: Cluster, settings: ClusterSettings, *, installation: str = "main", patience: float = 20.0
    ) -> None:
        self.cluster = cluster
        self.settings = settings
        self.installation = installation
        self.patience = patience

    @property
    def promises(self) -> Promises:
        """Say what isolation a lab gets."""
        return PROMISES

    def ensure(self, lab: LabSpec) -> Observation:
        """Take one short step; faults of the cluster are raised, a lab that cannot start is a failed observation."""
        return steps.ensure(self.cluster, self._recipe(lab))

    def observe(self, lab: LabSpec) -> Observation:
        """Look without changing anything."""
        own = finding.namespaces(self.cluster, lab).own
        if own is None:
            return Observation(state="absent")
        planned = self._recipe(lab)
        if finding.is_ending(own):
            return endings.view(planned, own)
        held = hands.look(self.cluster, lab)
        return steps.judged(self.cluster, planned, held, views.view(planned, held))

    def stop(self, lab: LabSpec) -> Observation:
        """End what runs; namespace, fence and volume stay."""
        endings.stop(self.cluster, lab, patience=self.patience)
        return self.observe(lab)

    def delete(self, lab: LabSpec) -> None:
        """Delete the lab's namespaces and its work; LabBusy when that takes longer than our patience."""
        endings.delete(self.cluster, lab, patience=self.patience)

    def list_owned(self) -> Sequence[Owned]:
        """List this installation's labs; a namespace on its way out is listed only when it is stuck."""
        mine = f"{names.INSTALLATION}={names.installation_label(self.installation)}"
        standing = [
            one
            for one in self.cluster.list(NAMESPACE, selector=mine)
            if finding.is_ours(one) and (not finding.is_ending(one) or endings.is_stuck(one))
        ]
        newest = {finding.label(one, names.LAB): one for one in sorted(standing, key=finding.generation)}
        return sorted((self._owned(one) for one in newest.values()), key=lambda one: one.name)

    def epoch(self) -> str | None:
        """Give what was noted last."""
        return epochs.read(self.cluster, self.settings, self.installation)

    def note_epoch(self, epoch: str) -> None:
        """Keep it in a ConfigMap beside the platform, not in a lab."""
        epochs.note(self.cluster, self.settings, self.installation, epoch)

    def logs(self, lab: LabSpec, component: str, *, max_bytes: int = 65_536) -> str:
        """Give the end of a component's log; empty when it does not run."""
        lab.must_have(component)
        pod = hands.look(self.cluster, lab).pod(component)
        if pod is None:
            return ""
        where = (names.namespace_name(lab), pod["metadata"]["name"], component)
        # What starts again has said nothing yet; why it ended is in what it said before.
        return self.cluster.log(*where, previous=False, max_bytes=max_bytes) or self.cluster.log(
            *where, previous=True, max_bytes=max_bytes
        )

    def run(self, lab: LabSpec, command: Sequence[str], *, timeout: float = 60.0) -> CommandResult:
        """Run a command where the lab's terminals are; it and what it started end with the call."""
        mark = uuid.uuid4().hex
        ended = self._execute(lab, [*inside.argv("run"), str(timeout), mark, *command], timeout, CAP_BYTES)
        code = None if ended.exit == _TIME_WAS_OVER else ended.exit
        out, err = (stream.decode(errors="replace") for stream in (ended.stdout, ended.stderr))
        return CommandResult(exit=code, stdout=out, stderr=err, cut=ended.cut)

    def read(self, lab: LabSpec, path: str, *, max_bytes: int = 1_048_576) -> bytes | None:
        """Read a regular file of a running lab's workspace; no link leads out of it."""
        command = reading.command(WORK, path, max_bytes=max_bytes)
        ended = self._execute(lab, command, _READ_SECONDS, max_bytes)
        if ended.exit not in (0, reading.NO_FILE):
            raise OurFault(f"reading a file of {lab.name} ended with {ended.exit}")
        return ended.stdout if ended.exit == 0 else None

    def _execute(self, lab: LabSpec, argv: Sequence[str], timeout: float, max_bytes: int) -> Executed:
        own = finding.namespaces(self.cluster, lab).own
        where = self._recipe(lab).runner
        pod = None if own is None else hands.look(self.cluster, lab).pod(where)
        if pod is None or (pod.get("status") or {}).get("phase") != "Running":
            raise LabNotRunning(f"{lab.name} is not running; start it first")
        return self.cluster.execute(
            names.namespace_name(lab), pod["metadata"]["name"], where, argv,
            timeout=timeout + _CONNECTION_SECONDS, max_bytes=max_bytes,
        )  # fmt: skip

    def _recipe(self, lab: LabSpec) -> Recipe:
        components = chosen_components(lab.components)
        if nameless := [name for name in (*lab.components, TOOLS) if name not in self.settings.images]:
            raise ImageMissing(f"the cluster's description names no image for {', '.join(nameless)}")
        return recipe.recipe(lab, components, self.settings)

    def _owned(self, namespace: Manifest) -> Owned:
        lab_id = finding.label(namespace, names.LAB_ID) or ""
        return Owned(
            name=finding.label(namespace, names.LAB) or "",
            lab_id=int(lab_id) if lab_id.isdigit() else None,
            generation=finding.generation(namespace),
            running=hands.runs(self.cluster, namespace["metadata"]["name"]),
            uid=namespace["metadata"]["uid"],
        )
