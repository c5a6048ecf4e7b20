"""Fetches one commit of a learner's repository, without trusting its address, its server or its content.

The address is resolved once, judged, and pinned for git: a name that answers differently a moment later
(DNS rebinding) changes nothing. Redirects are off, and with them the way to another address. No hook, filter,
submodule or helper runs.
"""

import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult

from labs.exams.errors import ExaminerBroke, IntakeError
from labs.exams.git_address import GitRules, Resolver, check_url, pinned
from labs.exams.sandbox import LIMITS
from labs.exams.submission import copy_submission
from labs.exams.tether import tethered

_REF = re.compile(r"(?!-)(?!.*\.\.)[A-Za-z0-9._/-]{1,200}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_LFS_SKIP_SMUDGE": "1",
}
#: For every repository: no protocol but the one that its address adds, no redirect, no helper, no filter.
_SETTINGS = {
    "protocol.allow": "never",
    "http.followRedirects": "false",
    "http.proxy": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "20",
    "core.symlinks": "false",
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "credential.helper": "",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "no",
    "fetch.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


def fetch_git(
    url: str, target: Path, *, ref: str | None = None, rules: GitRules, resolve: Resolver | None = None
) -> str:
    """Put the files of one commit into the new folder `target`; its full commit id, to be kept with them.

    What git needs meanwhile lies beside `target`, so that whoever clears that folder clears it too.
    `ref` is a branch, a tag or a full commit id; without it the server's default branch is taken.
    """
    parts = check_url(url, rules=rules)
    if ref is not None and not _REF.fullmatch(ref):
        raise IntakeError(f"{ref[:80]!r} is no name of a branch, tag or commit.")
    pin = pinned(parts, rules=rules, resolve=resolve)
    with tempfile.TemporaryDirectory(prefix="git-", dir=target.parent) as own:
        git = _Git(Path(own), parts=parts, pin=pin, rules=rules)
        commit = git.fetch(parts.geturl(), ref or "HEAD")
        git.export(commit, Path(own) / "files")
        copy_submission(Path(own) / "files", target)
    return commit


class _Git:
    """git with nothing of the person who runs it: no configuration, credential, hook, filter or helper."""

    def __init__(self, own: Path, *, parts: SplitResult, pin: str, rules: GitRules) -> None:
        program = shutil.which("git")
        if not program:
            raise ExaminerBroke("git is not installed; on Debian: apt install git.")
        self.program, self.own, self.rules = program, own, rules
        _check_version(program)
        self.repository = own / "repository.git"
        self.deadline = time.monotonic() + rules.timeout_seconds
        (own / "no-hooks").mkdir()
        settings = _SETTINGS | {f"protocol.{parts.scheme}.allow": "always", "core.hooksPath": str(own / "no-hooks")}
        if pin:
            settings["http.curloptResolve"] = pin
        self.settings = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def fetch(self, url: str, ref: str) -> str:
        """Fetch one commit, nothing before it; its id."""
        self._run("init", "--quiet", "--bare", "--template=", str(self.repository))
        done = self._run(
            *self._in(), "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", url, ref
        )
        if done is None:
            raise IntakeError(f"The repository has no branch, tag or commit {ref!r}.")
        commit = (self._run(*self._in(), "rev-parse", "--verify", "FETCH_HEAD^{commit}") or "").strip()
        if not _COMMIT.fullmatch(commit) or (_COMMIT.fullmatch(ref) and commit != ref):
            raise IntakeError("The server gave something else than the commit that was asked for.")
        return commit

    def export(self, commit: str, target: Path) -> None:
        """Write the commit's plain files; links and submodules are refused, attributes are not followed."""
        listing = self._run(*self._in(), "ls-tree", "-r", "-z", "-l", commit) or ""
        total = 0
        for line in filter(None, listing.split("\0")):
            about, _, name = line.partition("\t")
            mode, kind, _, size = about.split()
            if kind == "commit":
                raise IntakeError(f"{name[:80]!r} is a submodule, which is not fetched. Put its files in.")
            if mode not in ("100644", "100755"):
                raise IntakeError(f"{name[:80]!r} is a link. Put the file itself there.")
            total += int(size)
        if total > self.rules.max_bytes:
            raise IntakeError(f"The repository's files are larger than {self.rules.max_bytes // 2**20} MiB.")
        target.mkdir()
        # These attributes come before those of the repository: no filter, no LFS, no conversion.
        env = {"GIT_WORK_TREE": str(target)}
        (self.repository / "info").mkdir(exist_ok=True)
        (self.repository / "info" / "attributes").write_text("* -filter -text -ident -eol -working-tree-encoding\n")
        self._run(*self._in(), "read-tree", commit, env=env)
        self._run(*self._in(), "checkout-index", "--all", "--quiet", env=env)

    def _in(self) -> list[str]:
        return [f"--git-dir={self.repository}"]

    def _run(self, *arguments: str, env: dict[str, str] | None = None) -> str | None:
        clean = {**_ENVIRONMENT, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.own)}
        command = [self.program, *self.settings, *arguments]
        output = self.own / "output"
        with output.open("w+b") as out:
            process = subprocess.Popen(
                tethered(command, file_bytes=LIMITS["fsize"], open_files=LIMITS["nofile"]),
                env=clean | (env or {}),
                cwd=self.own,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._watch(process)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            out.seek(0)
            said = out.read(16 * 1024 * 1024).decode("utf-8", "replace")
        if process.returncode:
            return self._failed(said, fetching="fetch" in arguments)
        return said

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            if time.monotonic() > self.deadline:
                raise IntakeError(f"The repository took longer than {self.rules.timeout_seconds:g} s to fetch.")
            if _size(self.own) > 3 * self.rules.max_bytes:
                raise IntakeError(f"The repository is larger than {3 * self.rules.max_bytes // 2**20} MiB.")
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)

    def _failed(self, said: str, *, fetching: bool) -> str | None:
        """None when the server has no such ref; every other failure is raised with its reason."""
        if not fetching:
            raise IntakeError(f"git could not read the repository: {said.strip()[-200:]}")
        if "couldn't find remote ref" in said or "not our ref" in said:
            return None
        if "redirect" in said.lower() or re.search(r"returned error: 30[1-8]", said):
            raise IntakeError("The server redirects elsewhere, which is not followed. Use the final address.")
        raise IntakeError(f"The repository cannot be fetched: {said.strip().splitlines()[-1][-200:] if said else '?'}")


@functools.cache
def _check_version(program: str) -> None:
    """Older ones ignore http.curloptResolve, and with it the pinned address."""
    said = subprocess.run([program, "version"], capture_output=True, text=True, timeout=10, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    if not found or (int(found[1]), int(found[2])) < (2, 37):
        raise ExaminerBroke(f"git 2.37 or newer is needed to fetch safely; this is {said.strip() or 'unknown'}.")


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(Path(root) / name).st_size
    return total
