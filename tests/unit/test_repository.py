"""What must never be committed: where one machine keeps things, which registry it uses, unhashed packages."""

import json
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
THIS = "tests/unit/test_repository.py"
#: Written in pieces, so that this file does not name what it forbids.
HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "crates" + ".io",
    "proxy.golang" + ".org",
]
MACHINE_PATH = re.compile(r"(?<![\w.$}~])/(?:root|home/[a-z][\w-]*|Users/[A-Za-z][\w-]*|work/main)(?:/|\b)")


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [CHECKOUT / name for name in listed.stdout.split("\0") if name and name != THIS]


def texts() -> dict[str, str]:
    found = {}
    for path in committed():
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                found[str(path.relative_to(CHECKOUT))] = content.decode()
    return found


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_registry(host: str) -> None:
    assert [name for name, text in texts().items() if host in text] == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    found = [f"{name}: {match.group()}" for name, text in texts().items() for match in MACHINE_PATH.finditer(text)]
    assert found == []


@pytest.mark.parametrize("name", ["bootstrap", "platform", "lab", "dev"])
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    lock = (CHECKOUT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in lock
    assert "--index-url" not in lock and "--find-links" not in lock
    packages = [block for block in re.split(r"\n(?=[a-z0-9])", lock) if "==" in block]
    assert packages
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_the_front_end_lock_has_hashes_and_no_address() -> None:
    text = (CHECKOUT / "package-lock.json").read_text()
    assert "://" not in text
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_platform_and_tools_agree_on_versions() -> None:
    """Both are installed into one environment, so one package cannot be locked at two versions."""
    pin = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
    platform = dict(pin.findall((CHECKOUT / "requirements" / "platform.txt").read_text()))
    tools = dict(pin.findall((CHECKOUT / "requirements" / "dev.txt").read_text()))
    both = platform.keys() & tools.keys()
    assert {name: (platform[name], tools[name]) for name in both if platform[name] != tools[name]} == {}
