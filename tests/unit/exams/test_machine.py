"""The watch sees what others use, and not what its own processes use where only those are visible."""

from labs.exams.machine import CpuWatch


def test_the_share_is_a_share() -> None:
    watch = CpuWatch()
    assert sum(i * i for i in range(200_000)) > 0
    assert 0 <= watch.share_elsewhere() <= 1
