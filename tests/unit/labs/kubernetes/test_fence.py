"""When what was read back is the fence that was asked for, and when it only looks like it."""

from __future__ import annotations

import pytest

from labs.providers.kubernetes.fence import same

EMPTY: dict[str, object] = {}
LABELLED = {"matchLabels": {"a": "b"}}


@pytest.mark.parametrize(
    ("wanted", "live"),
    [
        ({"podSelector": EMPTY}, {"podSelector": {}, "ingress": None}),
        ({"hard": {"memory": "2048Mi"}}, {"hard": {"memory": "2Gi"}}),
        ({"hard": {"cpu": "2000m"}}, {"hard": {"cpu": "2"}}),
        ({"ports": [{"port": 53}]}, {"ports": [{"port": 53}]}),
    ],
)
def test_it_is_the_same_in_other_words(wanted: object, live: object) -> None:
    assert same(wanted, live)


@pytest.mark.parametrize(
    ("wanted", "live"),
    [
        ({"podSelector": EMPTY}, {"podSelector": LABELLED}),
        ({"ingress": [{"from": [LABELLED]}]}, {"ingress": [{"from": [LABELLED]}, {}]}),
        ({"ingress": [{"from": [LABELLED], "ports": [{"port": 1}]}]}, {"ingress": [{"from": [LABELLED]}]}),
        ({"ingress": [{"from": [LABELLED]}]}, {"ingress": [{}]}),
        ({"policyTypes": ["Ingress", "Egress"]}, {"policyTypes": ["Ingress"]}),
        ({"hard": {"memory": "2048Mi"}}, {"hard": {"memory": "2048Gi"}}),
        ({"hard": {"services.loadbalancers": "0"}}, {"hard": {}}),
        (False, True),
        (False, None),
        ({"spec": EMPTY}, None),
    ],
)
def test_it_is_another_fence(wanted: object, live: object) -> None:
    assert not same(wanted, live)
