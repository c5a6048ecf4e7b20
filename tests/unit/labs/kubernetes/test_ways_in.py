"""How browsers come into a lab, in its objects: a listener, a certificate, an origin, or no way at all."""

from __future__ import annotations

from typing import Any

from labs.providers.kubernetes.settings import DoorWay
from tests.unit.labs.kubernetes.orders import planned, settings_of


def test_the_way_in_names_its_listener_or_its_certificate_where_the_installation_does() -> None:
    def spec(**door: Any) -> dict[str, Any]:
        holdings = planned(settings_of(door=DoorWay(**door))).holdings
        return dict(next(one["spec"] for one in holdings if one["metadata"]["name"] == "door"))

    assert "sectionName" not in spec()["parentRefs"][0] and "tls" not in spec(kind="ingress")
    assert spec(listener="labs")["parentRefs"][0]["sectionName"] == "labs"
    own = {"hosts": ["lab-17.academy.localhost"]}
    assert spec(kind="ingress", tls=True)["tls"] == [own]
    assert spec(kind="ingress", tls_secret="every-lab")["tls"] == [own | {"secretName": "every-lab"}]


def test_components_are_told_of_the_address_that_a_browser_writes() -> None:
    """MLflow compares it with what the browser sends."""
    for port, written in ((None, ""), (443, ""), (30443, ":30443")):
        (mlflow,) = (one for one in planned(settings_of(door=DoorWay(port=port))).plans if one.name == "mlflow")
        origin = f"https://lab-17.academy.localhost{written}"
        assert mlflow.environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == origin


def test_a_forwarded_port_opens_no_door() -> None:
    made = planned(settings_of(door={"kind": "forward", "scheme": "http", "port": 8443}))
    assert not [one for one in made.fence if one["metadata"]["name"].startswith("door")]
    assert not [one for one in made.holdings if one["kind"] in ("HTTPRoute", "Ingress")]
