"""Which addresses are fetched: judged before git runs, by what the name resolves to."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from labs.exams.errors import IntakeError
from labs.exams.git import fetch_git
from labs.exams.git_address import GitRules, check_url

RULES = GitRules()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a/b.git",
        "file:///etc/passwd",
        "ssh://git@example.org/a/b",
        "git@example.org:a/b.git",
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch /tmp/x",
        "https://user:secret@example.org/a/b.git",
        "https://example.org",
        "https://example.org/a/b.git?x=1",
        "https://example.org/a/b.git#main",
        "https://exa mple.org/a/b.git",
        "https://example.org:99999/a/b.git",
        "https://ex%61mple.org/a/b",
        "https://-oProxyCommand=x/a/b",
        "https://example.org/a\nb",
        "https://ёxample.org/a/b",
        "",
    ],
)
def test_addresses_that_are_never_fetched(url: str) -> None:
    with pytest.raises(IntakeError):
        check_url(url, rules=RULES)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:0:1::1",
    ],
)
def test_private_addresses_are_refused_whatever_name_they_hide_behind(tmp_path: Path, address: str) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", address]

    with pytest.raises(IntakeError, match="private address"):
        fetch_git("https://example.org/a/b.git", tmp_path / "out", rules=RULES, resolve=resolve)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433", "localhost"])
def test_private_addresses_written_out_are_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(IntakeError):
        fetch_git(f"https://{host}/a/b.git", tmp_path / "out", rules=RULES)


def test_a_trusted_place_is_host_and_port_together() -> None:
    rules = GitRules(allowed_hosts=frozenset({"127.0.0.1:8418"}))
    assert check_url("http://127.0.0.1:8418/a.git", rules=rules).port == 8418
    with pytest.raises(IntakeError):
        check_url("http://127.0.0.1:8419/a.git", rules=rules)


@pytest.mark.parametrize("ref", ["--upload-pack=x", "a..b", "a b", "", "x" * 300, "a;b"])
def test_refs_that_are_options_or_worse_are_refused(tmp_path: Path, ref: str) -> None:
    with pytest.raises(IntakeError, match="no name of a branch"):
        fetch_git("https://example.org/a/b.git", tmp_path / "out", ref=ref, rules=RULES, resolve=lambda *_: ["1.1.1.1"])
