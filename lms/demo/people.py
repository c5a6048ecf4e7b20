"""Who is in the demo organisation, and how each of them learns."""

import dataclasses
import random
from typing import Literal

Habit = Literal["steady", "quick", "evenings", "weekends", "late", "struggling", "stopped", "absent"]
DOMAIN = "demo.example.org"


@dataclasses.dataclass(frozen=True)
class Person:
    name: str
    habit: Habit = "steady"

    @property
    def email(self) -> str:
        return f"{_ascii(self.name)}@{DOMAIN}"


@dataclasses.dataclass(frozen=True)
class Pace:
    """`reach`: how much of the plan somebody does; `right`: how often an answer is right; `hours`: when (UTC)."""

    reach: tuple[float, float]
    right: float
    hours: tuple[int, int]
    hints: float
    quiet_days: int = 0


PACES: dict[Habit, Pace] = {
    "steady": Pace((0.92, 1.08), 0.86, (8, 16), 0.2),
    "quick": Pace((1.25, 1.5), 0.94, (7, 19), 0.05),
    "evenings": Pace((0.85, 1.1), 0.84, (18, 22), 0.25),
    "weekends": Pace((0.75, 1.0), 0.82, (9, 18), 0.3, 2),
    "late": Pace((0.55, 0.75), 0.8, (13, 20), 0.3),
    "struggling": Pace((0.4, 0.6), 0.66, (8, 21), 0.8),
    "stopped": Pace((0.15, 0.4), 0.76, (9, 15), 0.4, 13),
    "absent": Pace((0.0, 0.0), 0.0, (9, 15), 0.0),
}

#: Habits that do not get through a pathway in its time.
UNFINISHED: frozenset[Habit] = frozenset({"late", "struggling", "stopped", "absent"})

ADMINISTRATOR = Person("Ingrid Solberg")
INSTRUCTOR = Person("Rafael Moreno")

RUNNING = (
    Person("Amara Okafor", "quick"),
    Person("Bence Horváth", "steady"),
    Person("Chidi Nwosu", "evenings"),
    Person("Dilnoza Karimova", "steady"),
    Person("Elena Petrova", "late"),
    Person("Fatima Zahra Benali", "steady"),
    Person("Gustavo Pereira", "struggling"),
    Person("Haruka Tanaka", "quick"),
    Person("Isabelle Laurent", "weekends"),
    Person("Jakub Nowak", "stopped"),
    Person("Kavya Raghunathan", "evenings"),
    Person("Leilani Kahananui", "steady"),
    Person("Mehmet Yıldız", "late"),
    Person("Nguyễn Thu Hà", "steady"),
    Person("Oisín Byrne", "absent"),
    Person("Priya Deshmukh", "struggling"),
)
FINISHED = (
    Person("Quentin Dubois", "steady"),
    Person("Rosa Jiménez", "quick"),
    Person("Samuel Mensah", "steady"),
    Person("Tomoko Sato", "evenings"),
    Person("Ulrika Lindqvist", "weekends"),
    Person("Viktor Bondarenko", "quick"),
    Person("Wanjiru Kamau", "steady"),
    Person("Ximena Rojas", "stopped"),
    Person("Yusuf Al-Masri", "steady"),
    Person("Zofia Kamińska", "evenings"),
    Person("Arjun Menon", "late"),
    Person("Beatriz Carvalho", "steady"),
    Person("Daniel Goldberg", "struggling"),
    Person("Mei-Ling Chen", "quick"),
)

_PLAIN = str.maketrans("áíéóúńıễàấịăđłşç", "aieounieaaiadlsc")


def _ascii(name: str) -> str:
    return ".".join(part for part in name.casefold().translate(_PLAIN).replace("-", " ").split() if part.isascii())


def reach(person: Person, chance: random.Random, *, planned: float) -> float:
    """The share of the pathway that the person has done when the plan stands at `planned`."""
    if planned >= 1 and person.habit not in UNFINISHED:
        return 1.0
    low, high = PACES[person.habit].reach
    return min(1.0, planned * chance.uniform(low, high))
