"""Where requests to the forwarded port lead: browsers by the lab's host name, checks by lab and component."""

import pytest

from labs.providers.kubernetes.asked_way import asked, for_check

DOMAIN = "academy.localhost"


def head(target: str, host: str, *more: str, body: str = "") -> bytes:
    lines = [f"POST {target} HTTP/1.1", *more, f"Host: {host}"]
    return ("\r\n".join([*lines, "", ""]) + body).encode()


def test_a_browser_comes_to_the_door_with_what_it_asked() -> None:
    said = head("/lab/mlflow/x", f"lab-17.{DOMAIN}:8300", "Connection: Upgrade")
    assert asked(said, DOMAIN).head == said
    assert (asked(said, DOMAIN).lab, asked(said, DOMAIN).component) == ("lab-17", None)


def test_a_check_comes_to_the_component_alone() -> None:
    where = for_check(8300, "lab-17", "mlflow").partition(":8300")[2]
    body = "connection: is no header here\r\n"
    way = asked(head(f"{where}/api?a=/b", "mlflow:5000", "connection: keep-alive", "Accept: */*", body=body), DOMAIN)
    assert (way.lab, way.component) == ("lab-17", ("mlflow", 5000))
    assert way.head == (
        b"POST /api?a=/b HTTP/1.1\r\nConnection: close\r\nAccept: */*\r\nHost: mlflow:5000\r\n\r\n" + body.encode()
    )


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/lab-17/mlflow/", "127.0.0.1:8300"), ("/lab-17/mlflow/", "serving:8000"), ("/lab-17/mlflow", "mlflow:5000"),
        ("/", DOMAIN), ("/", f"lab-17.{DOMAIN}.example.org"), ("/lab-17/mlflow/", "evil.example.org"),
    ],
)  # fmt: skip
def test_whatever_else_is_asked_leads_nowhere(target: str, host: str) -> None:
    with pytest.raises(ValueError, match="this port leads to labs"):
        asked(head(target, host), DOMAIN)
