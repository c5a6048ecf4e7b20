"""What the API server's answers mean: whose fault, and whether it heals."""

from __future__ import annotations

import json

import pytest

from labs.errors import LabBusy, ProviderAway, ProviderRefused
from labs.providers.kubernetes import trouble
from labs.providers.kubernetes.trouble import Answer, Expired, Missing, NotAllowed, QuotaUsedUp, Taken

CASES = [
    (404, "NotFound", 'namespaces "x" not found', Missing, ""),
    (409, "AlreadyExists", "already there", Taken, ""),
    (409, "Conflict", "the object has been modified", LabBusy, "somebody else"),
    (409, "Conflict", "Precondition failed: UID in precondition: a", LabBusy, ""),
    (410, "Expired", "too old resource version", Expired, ""),
    (401, "Unauthorized", "Unauthorized", ProviderAway, "credential"),
    (429, "TooManyRequests", "please try again later", ProviderAway, "overloaded"),
    (500, "InternalError", 'failed calling webhook "x.example": timeout', ProviderAway, "webhook of the cluster"),
    (503, "", "upstream connect error", ProviderAway, "503"),
    (504, "Timeout", "request did not complete", ProviderAway, ""),
    (400, "", 'admission webhook "x.example" denied the request: no', ProviderRefused, "webhook of the cluster denies"),
    (403, "Forbidden", "exceeded quota: lab, requested: pods=1", QuotaUsedUp, "quota"),
    (403, "Forbidden", "unable to create new content because it is being terminated", LabBusy, "being deleted"),
    (403, "Forbidden", 'pods "x" is forbidden: violates PodSecurity "restricted"', ProviderRefused, "Pod Security"),
    (403, "Forbidden", "User cannot create resource", NotAllowed, "role"),
    (422, "Invalid", "ValidatingAdmissionPolicy 'academy-images' denied request", ProviderRefused, "policy"),
    (422, "Invalid", "field is immutable", ProviderRefused, "does not accept"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "reason", "message", "kind", "says"), CASES)
def test_every_answer_has_a_meaning(status: int, reason: str, message: str, kind: type, says: str) -> None:
    body = json.dumps({"kind": "Status", "reason": reason, "message": message})
    found = trouble.of(Answer.read(status, body), "create pods")
    assert type(found) is kind
    assert says in str(found) and message in str(found)


@pytest.mark.parametrize(
    ("header", "details", "seconds"), [("7", None, 7.0), (None, 3, 3.0), ("soon", None, 0.0), ("86400", None, 60.0)]
)
def test_the_wait_that_the_server_asks_for_is_kept_within_a_minute(
    header: str | None, details: int | None, seconds: float
) -> None:
    body = json.dumps({"details": {"retryAfterSeconds": details}} if details else {})
    found = trouble.of(Answer.read(429, body, header), "list pods")
    assert isinstance(found, ProviderAway) and found.retry_after == seconds


@pytest.mark.parametrize("body", [None, b"\xff<html>", "[]", "null", '{"details": 4}'])
def test_an_answer_of_no_api_server_is_read_too(body: bytes | str | None) -> None:
    assert isinstance(trouble.of(Answer.read(502, body), "list pods"), ProviderAway)
