"""Labs of the catalogue in containers and pods, whole as a learner has them: checks tell the solution from the starter.

K17: no container of theirs, of whatever component, holds a credential of what runs it.

The process provider's are in tests/content, with every lab and every wrong variant.
"""

from __future__ import annotations

import pytest

from labs.attempt import attempt, failing, start
from labs.catalogue.loader import HERE, load_labs
from labs.catalogue.variants import solution, untouched
from schema import Problems
from tests.integration.labs.conftest import DOCKER, KUBERNETES, Case

#: Together they have every component, and steps that train, register, serve and watch.
LABS = ("tour-your-lab", "promote-a-model")


@pytest.mark.parametrize("shared", [DOCKER, KUBERNETES], indirect=True)
@pytest.mark.parametrize("slug", LABS)
def test_the_checks_see_what_was_done(case: Case, slug: str) -> None:
    lab, said = load_labs(HERE, Problems())[slug], list[str]()
    spec = case.order(components=lab.components, starter=lab.starter, egress=lab.egress, kubectl=lab.kubectl)
    start(case.provider, spec)
    held = case.credentials_in(spec)
    assert held.keys() >= set(spec.components) and not any(held.values()), held
    for way in (untouched(lab), solution(lab)):
        with case.judging():
            failed = failing(attempt(case.provider, spec, lab, way, say=said.append))
        assert failed == way.fails, "\n".join(said)
