"""What a process of pytest-xdist was told no other can take, so it is told one test ahead and no more."""

from types import SimpleNamespace
from typing import Any

from tests.groups import OneAhead

CONFIG: Any = SimpleNamespace(
    getvalue=lambda _: ["2*popen"], option=SimpleNamespace(loadscopereorder=True, debug=False)
)


class Process:
    """Notes what it is told."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.told: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.told += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_after_its_group_a_process_holds_one_test_besides_that_which_it_runs() -> None:
    tests = ["a@g", "b@g", "c@g", "d@h", "e@h", "f@h", "long", "longer", "short"]
    scheduling: Any = OneAhead(CONFIG)
    first, second = Process("first"), Process("second")
    for one in (first, second):
        scheduling.add_node(one)
        scheduling.add_node_collection(one, tests)
    scheduling.schedule()
    assert (first.told, second.told) == ([0, 1, 2], [3, 4, 5])
    for done in (0, 1):
        scheduling.mark_test_complete(first, done)
    assert first.told == [0, 1, 2, 6], "the last of its group runs, and one waits"
    scheduling.mark_test_complete(first, 2)
    assert first.told == [0, 1, 2, 6, 7], "and no more"
    for done in (3, 4):
        scheduling.mark_test_complete(second, done)
    assert second.told == [3, 4, 5, 8]
    for done, process in ((6, first), (5, second), (7, first), (8, second)):
        scheduling.mark_test_complete(process, done)
    assert scheduling.tests_finished and first.shutting_down and second.shutting_down
