"""Verdicts about chance with stated error rates: exact, no approximation."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

ALPHA = 0.001


def acceptance_region(n: int, p: float, *, alpha: float = ALPHA) -> tuple[int, int]:
    """The counts that a share of `p` among `n` gives with probability 1 - alpha at least, tails cut evenly."""
    share = Fraction(p).limit_denominator(10**6)
    hit, miss = share.numerator, share.denominator - share.numerator
    weights = [comb(n, k) * hit**k * miss ** (n - k) for k in range(n + 1)]
    tail = share.denominator**n * Fraction(alpha).limit_denominator(10**9) / 2
    return _first_beyond(weights, tail), n - _first_beyond(weights[::-1], tail)


def _first_beyond(weights: Sequence[int], tail: Fraction) -> int:
    total = 0
    for k, weight in enumerate(weights):
        total += weight
        if total > tail:
            return k
    return len(weights) - 1


@dataclass(frozen=True)
class RunsTest:
    """Wald and Wolfowitz's test: too few or too many changes between two kinds betray a pattern."""

    ones: int
    zeros: int
    runs: int
    p_value: float

    @property
    def expected(self) -> float:
        """The number of runs that chance gives on average."""
        n = self.ones + self.zeros
        return 1 + 2 * self.ones * self.zeros / n if n else 0

    def is_random(self, *, alpha: float = ALPHA) -> bool:
        """Whether chance explains the number of runs; never when one kind did not occur."""
        return self.ones > 0 and self.zeros > 0 and self.p_value >= alpha


def runs_test(sequence: Sequence[bool]) -> RunsTest:
    """Two-sided and exact, given how often each kind occurred."""
    ones = sum(sequence)
    zeros = len(sequence) - ones
    runs = sum(1 for i, value in enumerate(sequence) if i == 0 or value != sequence[i - 1])
    if not ones or not zeros:
        return RunsTest(ones, zeros, runs, 0.0)
    ways = _ways_by_runs(ones, zeros)
    total = comb(ones + zeros, ones)
    below = sum(ways[: runs + 1]) / total
    above = sum(ways[runs:]) / total
    return RunsTest(ones, zeros, runs, min(1.0, 2 * min(below, above)))


def _ways_by_runs(ones: int, zeros: int) -> list[int]:
    """At index r: how many arrangements have exactly r runs."""
    most = 2 * min(ones, zeros) + (ones != zeros)
    ways = [0] * (most + 1)
    first, second = _row(ones - 1, most // 2 + 1), _row(zeros - 1, most // 2 + 1)
    for r in range(2, most + 1):
        half = r // 2
        if r % 2 == 0:
            ways[r] = 2 * first[half - 1] * second[half - 1]
        else:
            ways[r] = first[half] * second[half - 1] + first[half - 1] * second[half]
    return ways


def _row(n: int, length: int) -> list[int]:
    row = [1]
    for k in range(1, length + 1):
        row.append(row[-1] * (n - k + 1) // k if k <= n else 0)
    return row
