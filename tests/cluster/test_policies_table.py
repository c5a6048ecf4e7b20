"""The kernel's own tool takes every ruleset of the truth table: the judge of the unit tests is not the only one."""

from typing import Any

import pytest

from tests.cluster.equipment.machine import Machine
from tests.cluster.equipment.policies.compiler import compile_ruleset
from tests.unit.cluster.test_policies import TABLE, world


@pytest.mark.parametrize("policies", [row[1] for row in TABLE], ids=[row[0] for row in TABLE])
def test_nft_takes_the_ruleset(policies: list[dict[str, Any]], machine: Machine) -> None:
    ruleset = compile_ruleset(world(*policies), closed=["10.202.0.0/22"])
    machine.run("nft", "--check", "--file", "-", stdin=ruleset)
