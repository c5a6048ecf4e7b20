"""Every lab of the catalogue through the production path: its checks tell right from wrong.

Untouched fails every step; the solution passes step by step; each wrong variant fails exactly the steps it declares.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from labs.__main__ import academy_home, lab_environment
from labs.attempt import attempt, failing, order, running
from labs.catalogue.loader import HERE, load_labs
from labs.catalogue.model import Lab
from labs.catalogue.variants import Variant, variants
from labs.providers.process import ProcessProvider
from schema import Problems

PROBLEMS = Problems()
LABS = load_labs(HERE, PROBLEMS)
WAYS = [pytest.param(lab, way, id=f"{lab.slug}-{way.name}") for lab in LABS.values() for way in variants(lab)]


def test_every_lab_file_is_without_a_problem() -> None:
    assert not PROBLEMS, f"\n{PROBLEMS}"


@pytest.mark.parametrize(("lab", "way"), WAYS)
def test_the_checks_see_what_was_done(lab: Lab, way: Variant, tmp_path: Path) -> None:
    said: list[str] = []
    provider = ProcessProvider(
        root=tmp_path,
        environment=lab_environment(),
        programs=academy_home() / "bin",
        installation=f"content-{uuid4().hex}",
    )
    spec = order(lab, lab_id=1, installation=provider.installation)
    with running(provider, spec):
        failed = failing(attempt(provider, spec, lab, way, say=said.append))
    assert failed == way.fails, "\n".join(said)
