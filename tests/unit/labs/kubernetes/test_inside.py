"""The small programs that run inside a lab's pods, run here as they are there: as a text for Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from labs.providers.containers import reading
from labs.providers.kubernetes import inside
from labs.providers.kubernetes.manifests import files


def started(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return run_here([*inside.argv(program), *arguments], **environment)


def run_here(argv: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, *argv[1:]]
    return subprocess.run(command, capture_output=True, check=False, env=environment, timeout=20)


def test_a_file_is_read_up_to_the_cap_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"0123456789")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "away").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    assert run_here(reading.command(str(tmp_path), "folder/file", max_bytes=4)).stdout == b"0123"
    for path in ("link", "away/passwd", "pipe", "folder", "none", "../x", "/etc/passwd", ""):
        assert run_here(reading.command(str(tmp_path), path, max_bytes=9)).returncode == reading.NO_FILE


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="pods are Linux, and so is this program")
def test_a_command_and_what_it_left_end_in_time(tmp_path: Path) -> None:
    assert started("run", "5", "mark", "sh", "-c", "echo out; exit 7").returncode == 7
    assert started("run", "5", "mark", "sh", "-c", "kill -9 $$").returncode == 137
    assert started("run", "5", "mark", "no-such-program").returncode == 127
    left = "trap '' TERM; (sleep 30; touch late) & sleep 30"
    assert started("run", "0.2", "mark-2", "sh", "-c", left, PATH=os.environ["PATH"]).returncode == 250


def test_work_is_filled_once_and_whole(tmp_path: Path) -> None:
    source, top = tmp_path / "source", tmp_path / "lab"
    source.mkdir()
    top.mkdir()
    (source / "README.md").write_text("begin here\n")
    (source / "untouched.csv").write_text("")
    packed = tmp_path / "starter.tar.gz"
    packed.write_bytes(files.packed(source))
    assert tarfile.is_tarfile(packed)
    (top / ".work.half").mkdir()
    for _ in range(2):
        done = started("prepare", "mlflow", PREPARE_TOP=str(top), PREPARE_STARTER=str(packed))
        assert done.returncode == 0, done.stderr
        (top / "work" / "README.md").write_text((top / "work" / "README.md").read_text() + "mine\n")
    assert (top / "work" / "README.md").read_text() == "begin here\nmine\nmine\n"
    assert (top / "work" / "untouched.csv").stat().st_mtime > source.stat().st_mtime - 1, "JupyterLab shows its age"
    assert (top / "state" / "mlflow").is_dir() and not (top / ".work.half").exists()
