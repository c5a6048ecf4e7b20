"""The verdicts about chance, against published tables and an independent implementation."""

import random
from math import erf, sqrt

import pytest
from scipy.stats import binom

from labs.exams.rollback import quiet_from
from labs.exams.statistics import acceptance_region, runs_test


@pytest.mark.parametrize(("n", "region"), [(500, (29, 73)), (1000, (70, 132)), (2000, (157, 245)), (5000, (432, 571))])
def test_acceptance_region_is_the_published_table(n: int, region: tuple[int, int]) -> None:
    assert acceptance_region(n, 0.1) == region


@pytest.mark.parametrize("n", [10, 37, 400])
@pytest.mark.parametrize("p", [0.03, 0.1, 0.5])
def test_acceptance_region_agrees_with_scipy(n: int, p: float) -> None:
    assert acceptance_region(n, p) == (int(binom.ppf(0.0005, n, p)), int(binom.isf(0.0005, n, p)))


def test_runs_distribution_by_counting_all_arrangements() -> None:
    # Of the 10 arrangements of 2 and 3, these many have 2, 3, 4 and 5 runs: 2, 3, 4, 1.
    assert runs_test([True, True, False, False, False]).p_value == pytest.approx(0.4)
    assert runs_test([False, True, False, True, False]).p_value == pytest.approx(0.2)
    assert runs_test([True, False, True, False, False]).p_value == pytest.approx(1.0)


def test_runs_test_agrees_with_the_normal_approximation_where_that_is_good() -> None:
    chance = random.Random(7)
    sequence = [chance.random() < 0.3 for _ in range(4000)]
    test = runs_test(sequence)
    n = test.ones + test.zeros
    spread = sqrt((test.expected - 1) * (test.expected - 2) / (n - 1))
    z = (abs(test.runs - test.expected) - 0.5) / spread
    assert test.p_value == pytest.approx(1 - erf(z / sqrt(2)), abs=0.02)


def test_a_counter_is_no_chance_and_a_die_is() -> None:
    chance = random.Random(3)
    assert not runs_test([i % 10 == 9 for i in range(2000)]).is_random()
    assert not runs_test([i >= 1800 for i in range(2000)]).is_random()
    assert runs_test([chance.random() < 0.1 for _ in range(2000)]).is_random()


def test_one_model_only_is_never_random() -> None:
    assert not runs_test([False] * 2000).is_random()
    assert not runs_test([]).is_random()


def test_quiet_is_found_where_traffic_ended_and_not_before() -> None:
    chance = random.Random(5)
    mixed = [chance.random() < 0.1 for _ in range(600)]
    assert quiet_from(mixed) is None
    found = quiet_from(mixed + [False] * 250)
    assert found is not None
    assert sum(mixed[found:]) == 2
    assert quiet_from(mixed + [False] * 249) is not None  # two stragglers are allowed inside the 250
    assert quiet_from([False] * 249) is None
