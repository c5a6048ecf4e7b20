"""Every lab of the catalogue through the production path: its checks tell right from wrong.

Untouched fails every step; the solution passes step by step; each wrong variant fails exactly the steps it declares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from labs.catalogue.loader import HERE, load_labs
from labs.catalogue.model import Lab
from labs.catalogue.variants import Variant, variants
from schema import Problems
from tests.content.lab_runs import LabRuns

pytestmark = pytest.mark.timeout(600)
PROBLEMS = Problems()
LABS = load_labs(HERE, PROBLEMS)
#: The ways through one lab share work, so they run in one process, in this order.
WAYS = [
    pytest.param(lab, way, id=f"{lab.slug}-{way.name}", marks=pytest.mark.xdist_group(f"lab-{lab.slug}"))
    for lab in LABS.values()
    for way in variants(lab)
]


@pytest.fixture(scope="module")
def runs_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], LabRuns]]:
    """The runs through each lab, shared by the tests of this file."""
    made: list[LabRuns] = []

    @cache
    def make(slug: str) -> LabRuns:
        made.append(LabRuns(LABS[slug], tmp_path_factory.mktemp(slug)))
        return made[-1]

    yield make
    for runs in made:
        runs.close()


def test_every_lab_file_is_without_a_problem() -> None:
    assert not PROBLEMS, f"\n{PROBLEMS}"


@pytest.mark.parametrize(("lab", "way"), WAYS)
def test_the_checks_see_what_was_done(lab: Lab, way: Variant, runs_of: Callable[[str], LabRuns]) -> None:
    said: list[str] = []
    failed = runs_of(lab.slug).failed(way.name, say=said.append)
    assert failed == way.fails, "\n".join(said)
