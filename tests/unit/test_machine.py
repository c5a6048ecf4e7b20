"""What is left out is named, and in CI it is an error: by lack, by wish, for another's cluster, or by a skip."""

from pathlib import Path

import pytest

from tests import machine
from tests.machine import Need

pytest_plugins = ["pytester"]

DOCKER = Need("docker", "labs in containers", lambda: None)
#: Without their caches: they ask anew in every test.
CLUSTERS = (
    Need("cluster", "a real Kubernetes", machine._lacks_cluster),
    Need("node", "what looks at a node", machine._lacks_node),
)
USAGE, FAILED, PASSED = pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.OK
AT_THE_NODE = """
import pytest

@pytest.fixture
def machine():
    assert False, "another's cluster has none"

@pytest.fixture(params=["process", pytest.param("kubernetes", marks=pytest.mark.cluster)])
def shared(request):
    if request.param == "kubernetes":
        request.getfixturevalue("machine")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A run of its own, without CI and without wishes."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ACADEMY_TEST_KUBECONFIG", raising=False)
    monkeypatch.setattr(machine, "WITHOUT", frozenset[str]())
    monkeypatch.setattr(machine, "NEEDS", (DOCKER,))
    return pytester


def outcome(run: pytest.Pytester) -> tuple[int | pytest.ExitCode, str]:
    result = run.runpytest_inprocess("-p", "tests.machine")
    return result.ret, str(result.stdout) + str(result.stderr)


def test_a_suite_that_is_left_out_by_wish_is_named_and_in_ci_an_error(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile(**{"tests/unit/test_it": "import pytest\n@pytest.mark.docker\ndef test_a(): 0/0\ndef test_b(): ..."})
    monkeypatch.setattr(machine, "WITHOUT", frozenset({"docker"}))
    code, said = outcome(run)
    assert code == PASSED and "left out by ACADEMY_TEST_WITHOUT: labs in containers" in said
    assert "1 passed, 1 deselected" in said
    monkeypatch.setenv("CI", "true")
    code, said = outcome(run)
    assert code == USAGE and "left out by ACADEMY_TEST_WITHOUT: labs in containers" in said


def test_on_another_s_cluster_whatever_looks_at_the_node_is_named_and_in_ci_an_error(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.touch()
    monkeypatch.setenv("ACADEMY_TEST_KUBECONFIG", str(theirs))
    monkeypatch.setattr(machine, "NEEDS", CLUSTERS)
    run.makepyfile(
        **{
            "tests/cluster/test_here": f"{AT_THE_NODE}\ndef test_node(machine): ...\ndef test_api(): ...",
            "tests/integration/test_there": f"{AT_THE_NODE}\ndef test_it(shared): ...",
        }
    )
    code, said = outcome(run)
    assert code == PASSED and f"cannot run here: what looks at a node: {theirs} is another cluster" in said
    assert "2 passed, 2 deselected" in said
    monkeypatch.setenv("CI", "true")
    code, said = outcome(run)
    assert code == USAGE and str(theirs) in said


def test_a_named_cluster_that_is_no_file_is_told(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACADEMY_TEST_KUBECONFIG", "/nowhere/config")
    monkeypatch.setattr(machine, "NEEDS", CLUSTERS)
    run.makepyfile(**{"tests/cluster/test_here": "def test_a(): 0/0", "tests/unit/test_there": "def test_b(): ..."})
    code, said = outcome(run)
    assert code == PASSED and said.count("names /nowhere/config, which is no file") == 1


@pytest.mark.parametrize(("ci", "ends"), [("true", FAILED), ("", PASSED)])
def test_a_skip_fails_in_ci(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, ends: int) -> None:
    monkeypatch.setenv("CI", ci)
    run.makepyfile(**{"tests/unit/test_it": "import pytest\n@pytest.mark.skip\ndef test_a(): ...\ndef test_b(): ..."})
    code, said = outcome(run)
    assert code == ends and "1 passed, 1 skipped" in said
    assert ("skipped tests fail in CI" in said) == bool(ci)
