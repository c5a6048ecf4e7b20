"""How often a lab that is starting is looked at."""

import pytest

from lms.services.lab_reconciler import look_again_in


@pytest.mark.parametrize(("age", "seconds"), [(-3.0, 0.25), (0.0, 0.25), (4.0, 0.25), (10.0, 0.5), (3600.0, 1.0)])
def test_what_takes_long_is_looked_at_less_often_but_each_second(age: float, seconds: float) -> None:
    assert look_again_in(age) == seconds
