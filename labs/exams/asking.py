"""What an examiner off its caller's machine asks for, and what it is told: typed lines, within caps, on both sides.

The examiner holds no credential, so it cannot start anything itself: its caller makes each system afresh.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from labs.exams.events import CriterionDecided, FinalFindings, PhaseEnded, PhaseStarted, Progress
from labs.exams.report import Strict

FIRST_PORT = 8100
"""The port of a system's first service; the others follow, in their order."""
MOST_SERVICES = 12
MOST_SYSTEMS = 16
"""Of one exam, one after another; an exam of five that repeats four needs nine."""
MOST_AT_ONCE = 4
LOG_BYTES = 8_000
TOLD_TO_END = 143
"""How an examiner ends that was told to, or whose caller was lost: nothing of ours broke."""
LAST_SECONDS = 5.0
"""So long may it take for that."""

Word = Annotated[str, Field(max_length=100_000)]
Number = Annotated[int, Field(ge=1, le=MOST_SYSTEMS)]


class ServiceOrder(Strict):
    """One service: its command, its whole environment, and its folder in the submission."""

    argv: Annotated[tuple[Word, ...], Field(min_length=1, max_length=80)]
    env: Annotated[dict[str, Word], Field(max_length=100)]
    workdir: Annotated[str, Field(max_length=200)]


class StartSystem(Strict):
    """Start a system; the examiner numbers them."""

    kind: Literal["start-system"] = "start-system"
    number: Number
    services: Annotated[list[ServiceOrder], Field(min_length=1, max_length=MOST_SERVICES)]


class LookAtSystem(Strict):
    """Say which services ended and, where asked, what all wrote, and what all of this exam used."""

    kind: Literal["look-at-system"] = "look-at-system"
    number: Number
    logs: bool = False
    cpu: bool = False


class EndSystem(Strict):
    """End it, and say what it wrote."""

    kind: Literal["end-system"] = "end-system"
    number: Number


class Seen(Strict):
    """The answer to each of them; lists are in the order of the services, processor seconds those of the whole exam."""

    number: int
    hosts: tuple[str, ...] = ()
    exits: tuple[int | None, ...] = ()
    logs: tuple[str, ...] = ()
    cpu_seconds: float | None = None


Ask = StartSystem | LookAtSystem | EndSystem
Told = PhaseStarted | PhaseEnded | Progress | CriterionDecided | FinalFindings
TOLD: TypeAdapter[Told] = TypeAdapter(Annotated[Told, Field(discriminator="kind")])
TOLD_OR_ASKED: TypeAdapter[Told | Ask] = TypeAdapter(Annotated[Told | Ask, Field(discriminator="kind")])
