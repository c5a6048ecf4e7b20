"""Some space of a lab's disk is held back, and given up when there is no other."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from labs.providers.containers import spare

MB = 1_048_576


@pytest.mark.parametrize(
    ("free_mb", "before_mb", "after_mb"),
    [(1500, 0, 16), (1500, 16, 16), (100, 16, 16), (10, 16, 0), (10, 0, 0), (20, 0, 0)],
)
def test_it_is_held_where_there_is_plenty_and_given_up_where_there_is_none(
    free_mb: int, before_mb: int, after_mb: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, disk = tmp_path / ".spare", SimpleNamespace(f_blocks=2000 * MB, f_frsize=1, f_bavail=free_mb * MB)
    if before_mb:
        held.write_bytes(bytes(before_mb * MB))
    monkeypatch.setattr(os, "statvfs", lambda path: disk)
    spare.keep(tmp_path)
    assert (held.stat().st_size if held.exists() else 0) == after_mb * MB


def test_a_full_disk_is_read_off_what_a_component_said_last() -> None:
    assert spare.was_missing("OSError: [Errno 28] No space left on device: '/lab/home/x'")
    assert not spare.was_missing("OSError: [Errno 30] Read-only file system")


def test_no_lab_fails_for_want_of_it(tmp_path: Path) -> None:
    spare.keep(tmp_path / "nowhere")
