"""What the chart makes of Secrets, a database and a broker that are not its own; test_platform runs with them."""

import pytest

from tests.cluster.rendering import Render, helm, named, pods_of, render, secrets_read

__all__ = ["helm", "render"]


@pytest.mark.parametrize(
    ("way", "given", "read"),
    [
        (
            "production", "broker.key=address",
            {
                ("academy-cookies", "secret"), ("academy-database", "url"), ("academy-broker", "address"),
                ("registry", ".dockerconfigjson"),
            },
        ),
        (
            "trial", "secret.existingSecret=a,secret.key=own,postgresql.existingSecret=b,valkey.existingSecret=c",
            {("a", "own"), ("b", "url"), ("b", "password"), ("c", "url"), ("c", "password")},
        ),
    ],
)  # fmt: skip
def test_secrets_of_yours_are_read_by_the_keys_of_the_values(
    render: Render, way: str, given: str, read: set[tuple[str, str]]
) -> None:
    made = render(way, "--set", given)
    assert set().union(*(secrets_read(pod) for _, pod in pods_of(made))) == read
    assert named(made, "Secret") == set()


def test_an_external_database_and_broker_are_reached_where_the_values_say(render: Render) -> None:
    opened = {
        one["metadata"]["name"].rpartition("-to-")[2]: [
            (to["ipBlock"]["cidr"], port["port"])
            for rule in one["spec"]["egress"] for to in rule["to"] for port in rule["ports"]
        ]
        for one in render("production", "--set", "networkPolicies.broker.port=6380")
        if one["kind"] == "NetworkPolicy" and "-to-" in one["metadata"]["name"]
    }  # fmt: skip
    assert opened == {"postgresql": [("192.0.2.20/32", 5432)], "valkey": [("192.0.2.21/32", 6380)]}
