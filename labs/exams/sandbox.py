"""Where exams run: bubblewrap on Linux, plain processes elsewhere, and which of the two it was.

The outer sandbox holds the examiner: own user, pid, mount, ipc, uts and network namespaces, only `lo`, no
environment. Inner ones hold the learner's services one by one: own everything again except the network.
`unshare` mounts the /proc that bubblewrap may pass on: the kernel lets a nested sandbox mount its own only
where the one around it is whole.
"""

import functools
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labs.exams.report import Isolation

MEBIBYTE = 1024 * 1024
LIMITS = {"as": 4096 * MEBIBYTE, "fsize": 64 * MEBIBYTE, "nofile": 1024, "nproc": 256, "core": 0}
SCRATCH_BYTES = 64 * MEBIBYTE
SYSTEM_FOLDERS = ("usr", "lib", "lib32", "lib64", "bin", "sbin")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs", "/etc/localtime")


@dataclass(frozen=True)
class Sandbox:
    """How strongly exams are isolated here, and why not more."""

    kind: Isolation
    note: str = ""


def choose(mode: Literal["auto", "required", "none"]) -> Sandbox:
    """The sandbox for `mode`; with "required" the kind is never "none": the caller must refuse `note`."""
    if mode == "none":
        return Sandbox("none", "Not isolated: the settings ask for plain processes.")
    return detect()


@functools.cache
def detect() -> Sandbox:
    """Try the whole nesting once with /bin/true."""
    if sys.platform != "linux":
        return Sandbox("none", "Not isolated: bubblewrap exists on Linux only.")
    missing = [name for name in ("bwrap", "unshare", "prlimit") if not shutil.which(name)]
    if missing:
        return Sandbox("none", f"Not isolated: {', '.join(missing)} not found (on Debian: apt install bubblewrap).")
    trial = outer_argv(service_argv(["true"], reads=[], env={}, workdir="/"), reads={}, env={})
    try:
        done = subprocess.run(trial, capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return Sandbox("none", "Not isolated: a trial of bubblewrap did not end.")
    if done.returncode:
        return Sandbox("none", f"Not isolated: nested bubblewrap is refused here ({done.stderr.strip()[-200:]}).")
    return Sandbox("bubblewrap")


def outer_argv(command: Sequence[str], *, reads: Mapping[str, Path], env: Mapping[str, str]) -> list[str]:
    """`command` for the examiner: sees the system, `reads` ({inside: outside}) and a loopback of its own."""
    argv = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"]
    argv += ["bwrap", "--unshare-net", "--unshare-ipc", "--unshare-uts", *_system(), "--bind", "/proc", "/proc"]
    # Before what is read: that may lie under /tmp, and a later mount would hide it.
    argv += ["--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the sandbox's own
    for inside, outside in reads.items():
        argv += ["--ro-bind", str(outside), inside]
    return [*argv, "--clearenv", *_setenv(env), "--die-with-parent", "--new-session", "--", *command]


def service_argv(
    command: Sequence[str],
    *,
    reads: Sequence[Path],
    env: Mapping[str, str],
    workdir: str,
    submission: Path | None = None,
) -> list[str]:
    """`command` for a learner's service: nothing but the system, `reads`, the submission and small scratch."""
    argv = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    argv += ["--disable-userns", "--uid", "1000", "--gid", "1000", *_system(), "--proc", "/proc", "--dev", "/dev"]
    for scratch in ("/tmp", "/work", "/dev/shm"):  # noqa: S108 - the sandbox's own
        argv += ["--size", str(SCRATCH_BYTES), "--tmpfs", scratch]
    for path in reads:
        argv += ["--ro-bind", str(path), str(path)]
    if submission:
        argv += ["--ro-bind", str(submission), "/submission"]
    argv += ["--remount-ro", "/", "--chdir", workdir, "--clearenv", *_setenv(env)]
    limits = [f"--{name}={value}" for name, value in LIMITS.items()]
    return [*argv, "--die-with-parent", "--new-session", "--", "prlimit", *limits, "--", *command]


def _system() -> list[str]:
    argv: list[str] = []
    for name in SYSTEM_FOLDERS:
        path = Path("/") / name
        if path.is_symlink():
            argv += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            argv += ["--ro-bind", str(path), str(path)]
    for file in SYSTEM_FILES:
        argv += ["--ro-bind-try", file, file]
    return argv


def _setenv(env: Mapping[str, str]) -> list[str]:
    return [word for name, value in env.items() for word in ("--setenv", name, value)]


def python_folders(python: Path) -> list[Path]:
    """What an interpreter reads: its environment and the installation that this was made from."""
    folders = [python.absolute().parents[1]]
    config = folders[0] / "pyvenv.cfg"
    if config.is_file():
        for line in config.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "home":
                folders.append(Path(value.strip()).parent)
    folders.append(python.resolve().parents[1])
    return sorted({folder for folder in folders if folder.parts[1:2] != ("usr",)})
