"""Nobody's labs end when seen twice, long enough apart; after a restore none does."""

from __future__ import annotations

from labs.providers.kubernetes.reaper import is_armed, judge


def test_seen_once_or_twice_at_once_is_not_enough() -> None:
    first = judge({}, ["a"], now=0, armed=True)
    assert not first.reap
    assert not judge(first.sightings, ["a"], now=599, armed=True).reap
    assert judge(first.sightings, ["a"], now=600, armed=True).reap == {"a"}


def test_who_was_fine_in_between_begins_anew() -> None:
    first = judge({}, ["a"], now=0, armed=True)
    between = judge(first.sightings, [], now=300, armed=True)
    assert not judge(between.sightings, ["a"], now=900, armed=True).reap


def test_a_clock_that_went_back_does_not_make_it_ripe() -> None:
    first = judge({}, ["a"], now=1000, armed=True)
    back = judge(first.sightings, ["a"], now=100, armed=True)
    assert not back.reap and back.sightings == {"a": 100}


def test_disarmed_it_forgets_and_reaps_nothing() -> None:
    first = judge({}, ["a"], now=0, armed=True)
    second = judge(first.sightings, ["a"], now=9999, armed=False)
    assert not second.reap and not second.sightings


def test_it_is_armed_for_the_database_that_the_cluster_was_told_of() -> None:
    assert is_armed("one", "one")
    assert not is_armed("one", "two") and not is_armed("one", None) and not is_armed("", "")
