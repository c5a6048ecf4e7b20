"""Every route of the application with sample values for its arguments."""

import dataclasses
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from werkzeug.routing import Rule

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclasses.dataclass(frozen=True)
class Route:
    endpoint: str
    method: str
    path: str
    policy: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint}, “{self.policy}”)"


def all_routes(app: Flask, samples: Mapping[str, object]) -> Iterator[Route]:
    """Fails when a view declares no policy or an argument has no sample."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("academy.localhost")
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            policy = getattr(view, "policy", None)
            if policy is None:
                pytest.fail(f"{rule.rule} declares no policy: put @policy(...) under its route decorator")
            path = adapter.build(rule.endpoint, _values(rule, samples))
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(rule.endpoint, method, path, policy)


def _values(rule: Rule, samples: Mapping[str, object]) -> dict[str, object]:
    area = rule.endpoint.partition(".")[0]
    values = {}
    for name in rule.arguments:
        key = f"{area}:{name}" if f"{area}:{name}" in samples else name
        if key not in samples:
            pytest.fail(
                f"{rule.rule} has an argument <{name}> that the matrix has no value for: "
                f"add “{name}” (or “{area}:{name}”) to samples() in tests/factories/world.py: a thing of the owner"
            )
        values[name] = samples[key]
    return values
