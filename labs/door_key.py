"""The key of one person to one lab: made from the lab's token, so that a running lab knows it without being told.

A claim is a random text that says whose a lab has become. Its key opens the workspace; nobody can make it who does not
hold the lab's token, and a lab that nobody claimed has no key. labs/components/workspace checks it inside the lab.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from pydantic import SecretStr

CLAIM_LETTERS = 32


def new_claim() -> str:
    """Make up a claim that was never there before."""
    return secrets.token_hex(CLAIM_LETTERS // 2)


def door_key(token: SecretStr, claim: str) -> str:
    """Give the key that goes with a claim: letters and digits only."""
    sealed = hmac.new(token.get_secret_value().encode(), f"door {claim}".encode(), hashlib.sha256)
    return claim + sealed.hexdigest()
