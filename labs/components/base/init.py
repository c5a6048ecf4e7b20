"""The first process of every container of a lab: prepares what the plan says, runs the component, reaps its orphans.

Runs in the image by the locked interpreter with `-I -S`, standard library only. SIGTERM goes to the component at once;
what is left after it ended dies with the container.
"""

import json
import os
import shutil
import signal
import sys
import time
import uuid
from pathlib import Path

RUN = Path("/lab/run")
WAIT_SECONDS = 60.0


def prepare(told):
    """Make folders, first files and copies; never touch what is there. Several containers may do it at once."""
    for folder in told.get("folders", []):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for path, text in told.get("files", {}).items():
        put(Path(path), lambda half, text=text: half.write_text(text))
    for path, source in told.get("copies", {}).items():
        put(Path(path), lambda half, source=source: copy(Path(source), half))
    deadline = time.monotonic() + WAIT_SECONDS
    while missing := [path for path in told.get("waits", []) if not Path(path).exists()]:
        if time.monotonic() > deadline:
            sys.exit(f"init: {', '.join(missing)} did not come within {WAIT_SECONDS:.0f} s")
        time.sleep(0.05)


def put(path, make):
    """Make a file or folder whole or not at all; whoever comes second throws his away."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{uuid.uuid4().hex}.half")
    make(half)
    try:
        half.rename(path)
    except OSError:
        shutil.rmtree(half, ignore_errors=True)


def copy(source, half):
    """Copy a file or a folder with its links as links."""
    if source.is_dir():
        shutil.copytree(source, half, symlinks=True)
    else:
        shutil.copyfile(source, half)


def write_secrets(files):
    """Write the filled files for the owner only."""
    for name, text in files.items():
        descriptor = os.open(RUN / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)


def watch(child, seconds):
    """Reap everything until the component ends; give its exit code, or 124 when its time was over."""
    deadline = time.monotonic() + seconds if seconds else None
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG if deadline else 0)
        if pid == child:
            return os.waitstatus_to_exitcode(status)
        if pid == 0:
            if time.monotonic() > deadline:
                return 124
            time.sleep(0.01)


def start(argv):
    """Become the component's parent and pass signals on to it; give its process id."""
    program = shutil.which(argv[0])
    if program is None:
        print(f"{argv[0]}: not found", file=sys.stderr)
        sys.exit(127)
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        become(program, argv)
    for number in signals:
        signal.signal(number, lambda got, _: os.kill(child, got))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    return child


def become(program, argv):
    """Replace this process."""
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python; other programs expect to be ended by them
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execv(program, argv)  # noqa: S606  # no shell is the point
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(126)


def main():
    """Prepare, start, watch."""
    # The kernel drops signals for which the first process of a container has no handler; `start` has others.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    os.umask(0o077)
    told = json.loads(os.environ.pop("LAB_PREPARE", "{}"))
    secret_files = json.loads(os.environ.pop("LAB_FILES", "{}"))
    seconds = float(os.environ.pop("LAB_SECONDS", "0"))
    prepare(told)
    write_secrets(secret_files)
    if os.environ.get("LAB_WORK") and Path(os.environ["LAB_WORK"]).is_dir():
        os.chdir(os.environ["LAB_WORK"])
    code = watch(start(sys.argv[1:]), seconds)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
