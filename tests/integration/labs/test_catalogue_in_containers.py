"""Labs of the catalogue in containers and pods, whole as a learner has them: checks tell the solution from the starter.

The process provider's are in tests/content, with every lab and every wrong variant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.attempt import attempt, failing, order, start
from labs.catalogue.loader import HERE, load_labs
from labs.catalogue.variants import solution, untouched
from schema import Problems
from tests.integration.labs.conftest import DOCKER, KUBERNETES, Case, made_case

#: Together they have every component, and steps that train, register, serve and watch.
LABS = ("tour-your-lab", "promote-a-model")


@pytest.fixture(params=[DOCKER, KUBERNETES])
def contained(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    yield from made_case(request, tmp_path)


@pytest.mark.parametrize("slug", LABS)
def test_the_checks_see_what_was_done(contained: Case, slug: str) -> None:
    lab, said = load_labs(HERE, Problems())[slug], list[str]()
    spec = order(lab, lab_id=1, installation=contained.installation).model_copy(update={"components": lab.components})
    contained.ordered[spec.name] = spec
    start(contained.provider, spec)
    for way in (untouched(lab), solution(lab)):
        with contained.judging():
            failed = failing(attempt(contained.provider, spec, lab, way, say=said.append))
        assert failed == way.fails, "\n".join(said)
