cat > test_gate.py <<'PY'
import pytest

from gate import judge


def test_the_good_candidate_passes():
    assert judge("2", "1") == []


@pytest.mark.parametrize(("candidate", "word"), [("1", "gain"), ("3", "west"), ("4", "too good")])
def test_bad_candidates_are_refused_for_the_right_reason(candidate, word):
    assert any(word in reason for reason in judge(candidate, "1"))
PY
python -m pytest -q -p no:cacheprovider test_gate.py || true
