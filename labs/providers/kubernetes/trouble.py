"""What an answer of the API server means, in our words: pure, so that every case has a test.

404, 409 on creating and 410 are normal answers and have exceptions of their own, which do not leave `client`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from labs.errors import LabBusy, LabError, ProviderAway, ProviderRefused


class Missing(Exception):
    """404."""


class Taken(Exception):
    """An object of this name is there."""


class NotAllowed(ProviderRefused):
    """The worker's role does not allow it: where we have no hands yet, or where the fence's roles are not installed."""


class QuotaUsedUp(ProviderRefused):
    """A quota says no. It is asked before a name is, so somebody may just have been faster with the same object."""


class Expired(Exception):
    """410: the list that was being read is too old to go on with."""


@dataclass(frozen=True)
class Answer:
    """An unhappy answer."""

    status: int
    reason: str
    message: str
    retry_after: float = 0.0

    @classmethod
    def read(cls, status: int, body: bytes | str | None, retry_after: str | None = None) -> Answer:
        """Read a Status object; whatever else a proxy before the API server says is a message, cut short."""
        text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
        try:
            told: Any = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            told = {"message": text[:300]}
        details = told.get("details")
        seconds = retry_after or (details.get("retryAfterSeconds") if isinstance(details, dict) else None)
        return cls(status, str(told.get("reason", "")), str(told.get("message", ""))[:600], _seconds(seconds))


def of(answer: Answer, what: str) -> LabError | Missing | Taken | Expired:
    """The exception for an answer; `what` is what was asked, as in "create namespaces/lab-1"."""
    said = f"{what}: {answer.message or answer.reason or answer.status}"
    match answer.status:
        case 404:
            return Missing(said)
        case 409:
            return (
                Taken(said) if answer.reason == "AlreadyExists" else LabBusy(f"somebody else changes this lab: {said}")
            )
        case 410:
            return Expired(said)
        case 401:
            return ProviderAway(f"the cluster does not accept the worker's credential at the moment; {said}")
        case 429:
            return ProviderAway(f"the cluster is overloaded; {said}", retry_after=answer.retry_after)
        case 403 | 422 | 400:
            return _refused(answer, said)
    if answer.status >= 500:
        return ProviderAway(_ill(answer, said), retry_after=answer.retry_after)
    return ProviderRefused(f"the cluster gave an answer that we do not know, {answer.status}; {said}")


def _refused(answer: Answer, said: str) -> LabError:
    if "being terminated" in answer.message:
        return LabBusy(f"the lab's namespace is being deleted; {said}")
    if "exceeded quota" in answer.message:
        return QuotaUsedUp(f"the lab's quota is used up; {said}")
    if "admission webhook" in answer.message:
        return ProviderRefused(f"an admission webhook of the cluster denies it; {said}")
    if "ValidatingAdmissionPolicy" in answer.message:
        return ProviderRefused(f"an admission policy of the cluster denies it; {said}")
    if "violates PodSecurity" in answer.message:
        return ProviderRefused(f"Pod Security denies it; {said}")
    if answer.status == 403:
        return NotAllowed(f"the worker's role does not allow it; {said}")
    return ProviderRefused(f"the cluster does not accept what we ask for; {said}")


def _ill(answer: Answer, said: str) -> str:
    if "failed calling webhook" in answer.message:
        return f"an admission webhook of the cluster does not answer; {said}"
    return f"the cluster does not answer as it should ({answer.status}); {said}"


def _seconds(told: object) -> float:
    try:
        return min(60.0, max(0.0, float(str(told)))) if told is not None else 0.0
    except ValueError:
        return 0.0
