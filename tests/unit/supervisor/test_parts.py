"""The supervisor's parts that need no process."""

import io
from pathlib import Path
from typing import Any

import pytest

from lms.config import Settings
from lms.supervisor.output import Output, shortened
from lms.supervisor.start import CannotStart, check_settings, is_loopback


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[2026-11-21 12:00:00,123: INFO/MainProcess] lab 7 is ready", "lab 7 is ready"),
        ("[2026-11-21 12:00:00,123: ERROR/ForkPoolWorker-1] it broke", "ERROR: it broke"),
        ("[2026-11-21 12:00:00 +0000] [77] [INFO] Listening", "Listening"),
        ("123:M 21 Nov 2026 12:00:00.123 * Ready to accept connections", "Ready to accept connections"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
    ],
)
def test_the_terminal_says_time_and_name_once(line: str, shown: str) -> None:
    assert shortened(line) == shown


def test_files_hold_everything_and_the_terminal_what_is_news(tmp_path: Path) -> None:
    terminal = io.StringIO()
    output = Output(tmp_path, terminal=terminal)
    output.line("worker", "[2026-11-21 12:00:00,123: INFO/MainProcess] celery@worker ready.")
    output.line(
        "worker", "[2026-11-21 12:00:00,123: ERROR/MainProcess] Task academy.look_at_lab[4] raised unexpected: x"
    )
    output.line("worker", "\x1b[31mred alert\x1b[0m")
    output.close()
    written = (tmp_path / "worker.log").read_text()
    assert "celery@worker ready" in written and "red alert" in written
    shown = terminal.getvalue()
    assert "ready" not in shown
    assert "ERROR: Task academy.look_at_lab[4] raised unexpected" in shown
    assert "worker   red alert\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("address", "loopback"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("192.0.2.7", False)]
)
def test_what_counts_as_this_machine(address: str, *, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize("reached", [{"bind": "0.0.0.0"}, {"trusted_proxies": 1}])
def test_beyond_loopback_needs_a_setting_that_says_so(reached: dict[str, Any]) -> None:
    with pytest.raises(CannotStart, match="every learner could read"):
        check_settings(Settings(**reached))
    check_settings(Settings(**reached, accept_process_labs_beyond_loopback=True))


def test_a_home_too_long_for_a_socket_is_refused() -> None:
    with pytest.raises(CannotStart, match="shorter folder"):
        check_settings(Settings(home=Path("/tmp") / ("x" * 120)))
