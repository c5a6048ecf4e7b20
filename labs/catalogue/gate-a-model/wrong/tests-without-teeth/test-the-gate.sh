cat > test_gate.py <<'PY'
from gate import judge


def test_the_gate_answers():
    for candidate in "234":
        assert isinstance(judge(candidate, "1"), list)
PY
