"""A lab of local processes from inside: its commands, files and secrets are its own."""

from __future__ import annotations

import os

import pytest

from labs.providers.machine import processes
from tests.integration.labs.conftest import ProcessCase
from tests.integration.labs.waiting import until_ready


def test_a_changed_token_restarts_the_lab_with_the_new_one(local: ProcessCase) -> None:
    until_ready(local.provider, local.order())
    lab = local.order()
    seen = until_ready(local.provider, lab)
    answer = local.provider.run(
        lab, ["sh", "-c", 'curl -s -o /dev/null -w "%{http_code}" -u "lab:$LAB_TOKEN" $PROMETHEUS_URL/-/ready']
    )
    assert answer.stdout == "200", (answer, seen)


def test_reading_follows_no_link_and_waits_for_no_pipe(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    work = local.root / lab.name / "work"
    (work / "link").symlink_to("/etc/passwd")
    (work / "folder").symlink_to("/etc")
    os.mkfifo(work / "pipe")
    assert [local.provider.read(lab, path) for path in ("link", "folder/passwd", "pipe")] == [None, None, None]


def test_what_a_learner_made_read_only_is_deleted_too(local: ProcessCase) -> None:
    lab = local.order()
    until_ready(local.provider, lab)
    local.provider.run(lab, ["sh", "-c", "mkdir -p a/b && touch a/b/c && chmod -R a-w a"])
    local.provider.delete(lab)
    assert [path.name for path in local.root.iterdir()] == [".locks"]


def test_no_secret_is_in_arguments_and_the_environment_is_scrubbed(
    local: ProcessCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACADEMY_SECRET_KEY", "the-platform-secret")
    lab = local.order()
    until_ready(local.provider, lab)
    for process in processes.marked(lab.mark):
        assert lab.token.get_secret_value() not in " ".join(process.cmdline())
        assert "the-platform-secret" not in str(process.environ())
    assert "the-platform-secret" not in local.provider.run(lab, ["env"]).stdout
    secret_files = [path for path in (local.root / lab.name / "run").rglob("*") if path.is_file()]
    assert secret_files and all(path.stat().st_mode & 0o077 == 0 for path in secret_files)
