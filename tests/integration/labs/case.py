"""What the conformance suite asks of a kind of provider."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from labs import naming
from labs.ports import CommandResult, Provider
from labs.spec import LabSpec


class Case:
    """One kind of provider: `again()` gives a new object as after a restart, `write` acts as the learner."""

    processes = 48
    """A number of processes to which a lab can be limited."""
    domain = naming.DOMAIN

    def __init__(self, root: Path, *, installation: str | None = None) -> None:
        self.installation = installation or f"test-{uuid4().hex}"
        self.root = root
        self.ordered: dict[str, LabSpec] = {}
        self._numbers = 0
        self.provider: Provider = self.again()

    def again(self) -> Provider:
        """Give a provider object that knows only what an earlier one left behind."""
        raise NotImplementedError

    def hasty(self) -> Provider:
        """Give another as workers have it: it need not wait until what it deletes is gone."""
        return self.again()

    def write(self, lab: LabSpec, path: str, data: bytes) -> None:
        """Write a file into the workspace."""
        script = "import sys; open(sys.argv[1], 'wb').write(bytes.fromhex(sys.argv[2]))"
        written = self.provider.run(lab, ["python", "-c", script, path, data.hex()])
        assert written.exit == 0, written

    @contextmanager
    def outside(self) -> Iterator[list[str]]:
        """Places (host:port) where somebody listens whom no lab may reach where a network is promised."""
        with somebody_listens() as port:
            yield [f"{address}:{port}" for address in own_addresses()]

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Stand where checks may ask components, as the worker does; here they may be asked from where we are."""
        yield

    def credentials_in(self, lab: LabSpec) -> Mapping[str, str]:
        """By container of a running lab, what stands where engines and clusters put credentials of their own."""
        raise NotImplementedError

    def foresee(self, command: Sequence[str], result: CommandResult) -> None:
        """Say how a command will end: for what runs nothing."""

    def break_component(self, lab: LabSpec) -> str:
        """Do as a learner what keeps a component from starting; give what its log then speaks of."""
        self.write(lab, "prometheus/rules/broken.yml", b"groups: [{name: a, rules: [{alert: x, expr: '((('}]}]\n")
        return "broken.yml"

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Numbers of labs begin anew within, at one that no lab had; the labs go at the end."""
        before = set(self.ordered)
        self._numbers += 10
        yield
        self._numbers += 10
        for name in self.ordered.keys() - before:
            self.end(self.ordered.pop(name))

    def order(self, lab_id: int = 1, **changes: object) -> LabSpec:
        """Make an order for a small lab."""
        lab_id += self._numbers
        name = f"lab-{lab_id}"
        values: dict[str, object] = {
            "installation": self.installation,
            "lab_id": lab_id,
            "name": name,
            "components": ("prometheus",),
            "host": naming.host_name(name, self.domain),
            "token": secrets.token_urlsafe(32),
        }
        lab = LabSpec.model_validate(values | changes)
        self.ordered[name] = lab
        return lab

    def end(self, lab: LabSpec) -> None:
        """Delete it."""
        self.provider.delete(lab)

    def clean_up(self) -> None:
        """Delete every lab that was ordered."""
        for lab in self.ordered.values():
            self.end(lab)


def own_addresses() -> list[str]:
    """This machine's addresses, loopback among them."""
    found = {"127.0.0.1"} | {str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass  # a machine without a way out has no such address
    return sorted(found)


@contextmanager
def somebody_listens() -> Iterator[int]:
    """The port at which every address of this machine takes connections."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return
