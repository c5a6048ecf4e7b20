"""The supervisor: starts the processes of an instance, passes their lines on, restarts what dies, stops in order."""

import contextlib
import selectors
import signal
import time
from collections.abc import Iterator
from types import FrameType

from lms.command import command
from lms.config import Settings
from lms.supervisor import plan
from lms.supervisor.child import Child, ChildSpec
from lms.supervisor.identity import write_identities
from lms.supervisor.leftovers import end_leftovers
from lms.supervisor.lock import sole_supervisor
from lms.supervisor.output import Output
from lms.supervisor.places import Places
from lms.supervisor.start import CannotStart, check_port, check_settings, prepare_database, wait_for_socket, web_answers

TICK = 0.2
#: Workers wait until the web answers, or this long: on two cores the first page comes sooner so.
HEAD_START = 15.0
FAILURES_BEFORE_FIRST_ANSWER = 3
LABS_GO_ON = "labs that ran go on and are found again by the next start"
LABS_END = "labs that ran are ended now; work in them is kept"
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One run of `lms up`."""

    def __init__(self, settings: Settings, output: Output, places: Places) -> None:
        self._settings = settings
        self._output = output
        self._places = places
        self._children: list[Child] = []
        self._later: list[ChildSpec] = []
        self._later_at = 0.0
        self._begun = time.monotonic()
        self._asked_to_stop = 0
        self._answered = False
        self._set_up_link: str | None = None

    def run(self) -> None:
        """Until asked to stop; `CannotStart` when it never came up."""
        with self._signals():
            try:
                self._start()
                while not self._asked_to_stop:
                    self._tick()
            finally:
                self._stop()

    def _start(self) -> None:
        if self._settings.broker is None:
            self._add(plan.broker(self._settings, self._places))
        self._output.say("preparing the database")
        self._set_up_link = prepare_database(plan.child_environment(self._settings), self._output)
        socket = plan.embedded_broker(self._settings)
        if socket is not None and not wait_for_socket(socket, seconds=10):
            self._read(0)
            raise CannotStart(f"The embedded broker does not answer on {socket}; its log is in {self._places.logs}.")
        if not self._asked_to_stop:
            self._add(plan.web(self._settings))
            self._later = [*plan.workers(self._places), *plan.forwarder(self._settings)]
            self._later_at = time.monotonic() + HEAD_START

    def _add(self, spec: ChildSpec) -> None:
        env = plan.child_environment(self._settings, holds_labs=spec.holds_labs)
        child = Child(spec, env=env, folder=plan.CHECKOUT)
        self._children.append(child)
        self._start_child(child)

    def _start_child(self, child: Child) -> None:
        child.start()
        self._remember()

    def _remember(self) -> None:
        write_identities(
            self._places.children, {child.spec.name: child.identity for child in self._children if child.identity}
        )

    def _tick(self) -> None:
        self._read(TICK)
        for child in self._children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    self._start_child(child)
            elif (code := child.ended()) is not None:
                self._restart_later(child, code)
        if not self._answered and web_answers(self._settings):
            self._answered = True
            self._greet()
        if self._later and (self._answered or time.monotonic() > self._later_at):
            later, self._later = self._later, []
            for spec in later:
                self._add(spec)

    def _restart_later(self, child: Child, code: int) -> None:
        self._pass_on(child)
        pause = child.note_end()
        self._remember()
        if not self._answered and child.failures >= FAILURES_BEFORE_FIRST_ANSWER:
            raise CannotStart(f"`{child.spec.name}` ends as soon as it starts ({_how(code)}); its reason stands above.")
        self._output.say(f"{child.spec.name} ended ({_how(code)}); starting it again in {pause:.1f} s")

    def _read(self, seconds: float) -> None:
        """Wait for output at most this long and pass it on."""
        with selectors.DefaultSelector() as selector:
            for child in self._children:
                if child.pipe is not None and child.ended() is None:
                    selector.register(child.pipe, selectors.EVENT_READ, child)
            if not selector.get_map():
                time.sleep(seconds)
                return
            for key, _ in selector.select(seconds):
                self._pass_on(key.data)

    def _pass_on(self, child: Child) -> None:
        for line in child.read_lines():
            self._output.line(child.spec.name, line)

    def _greet(self) -> None:
        say = self._output.say
        say(f"ready after {time.monotonic() - self._begun:.1f} s: {self._settings.base_url}")
        if self._set_up_link:
            say("No administrator exists yet. This link makes the first one; it works once, within 48 hours:")
            say(f"  {self._set_up_link}")
        say(f"Everything else: {command('--help')}")
        say("Ctrl-C stops the platform and leaves labs running; `make down` ends everything.")

    def _stop(self) -> None:
        """End the children in order, the broker last; each has its patience, a second Ctrl-C takes it away."""
        if not self._children:
            return
        self._output.say("stopping")
        self._children.sort(key=lambda child: child.spec.name == "broker")
        for child in self._children:
            if child.process is not None:
                self._end(child)
                self._remember()
        self._places.children.unlink(missing_ok=True)
        self._output.say(f"stopped; {LABS_END if self._places.all_ends.exists() else LABS_GO_ON}")

    def _end(self, child: Child) -> None:
        for number, patience in (
            (signal.SIGTERM, child.spec.patience),
            (child.spec.insistent, 3.0),
            (signal.SIGKILL, 2.0),
        ):
            if number is signal.SIGKILL:
                child.send_to_session(number)
            child.send(number)
            deadline = time.monotonic() + (patience if self._asked_to_stop < 2 else 0.3)
            while child.ended() is None and time.monotonic() < deadline:
                self._read(0.05)
            if child.ended() is not None:
                break
        self._pass_on(child)
        child.forget()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def ask(number: int, frame: FrameType | None) -> None:
            self._asked_to_stop += 1

        before = {number: signal.signal(number, ask) for number in STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def supervise(settings: Settings, *, output: Output | None = None) -> None:
    """Run an instance until asked to stop. Raises `CannotStart` or `AlreadyRunning`."""
    check_settings(settings)
    places = Places.of(settings)
    places.make()
    with sole_supervisor(places):
        output = output or Output(places.logs)
        try:
            places.all_ends.unlink(missing_ok=True)  # of a `lms down` that was killed
            if count := end_leftovers(places):
                output.say(f"an earlier run was killed; ended {count} processes that it left")
            check_port(settings)
            Supervisor(settings, output, places).run()
        finally:
            output.close()
