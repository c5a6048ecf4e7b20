"""The curriculum that we ship has no errors."""

from curricula.loader import find_problems, load


def test_the_packaged_content_has_no_errors() -> None:
    problems = find_problems()
    assert not problems, f"\n{problems}"


def test_every_module_on_offer_can_be_looked_up() -> None:
    curriculum = load()
    for pathway in curriculum.active_pathways:
        for module in curriculum.modules_of(pathway):
            assert curriculum.module(module.uuid) is module
            assert all(curriculum.activity(activity.uuid) == (module, activity) for activity in module.activities)
