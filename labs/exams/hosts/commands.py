"""What runs in the containers of an exam: exactly what was ordered, in exactly the environment that was ordered."""

from collections.abc import Sequence

from labs.exams import sandbox
from labs.exams.asking import FIRST_PORT, MOST_SERVICES, ServiceOrder

SUBMISSION = "/submission"
SCRATCH = ("/work", "/tmp")  # noqa: S108 - the container's own
SCRATCH_MB = sandbox.SCRATCH_BYTES // sandbox.MEBIBYTE
EXAMINER = (
    "/opt/lab/bin/python", "-I", "-X", "utf8", "-B", "/opt/examiner/labs/exams/examiner_main.py",
)  # fmt: skip
LAST_PORT = FIRST_PORT + MOST_SERVICES - 1
# The number of processes is limited for the container: here it would count those of all containers of this user.
_LIMITS = {name: value for name, value in sandbox.LIMITS.items() if name != "nproc"}


def service(order: ServiceOrder) -> list[str]:
    """The command of a service's container: nothing of the image's or the engine's environment is left in it."""
    environment = [f"{name}={value}" for name, value in order.env.items()]
    limits = [f"--{name}={value}" for name, value in _LIMITS.items()]
    folder = f"{SUBMISSION}/{order.workdir}"
    return ["/usr/bin/env", "-i", "-C", folder, *environment, "/usr/bin/prlimit", *limits, "--", *order.argv]


def within(seconds: float, command: Sequence[str]) -> list[str]:
    """The same, ended by itself when its time is over: the engine has no such limit, and its caller may be dead."""
    return ["/usr/bin/timeout", "-s", "KILL", str(int(seconds)), *command]
