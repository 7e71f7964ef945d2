"""Signatures of outgoing calls by the Standard Webhooks specification (scheme v1, HMAC-SHA256)."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from infrastructure.random_bytes import random_bytes

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret in the form that libraries of the specification take."""
    return PREFIX + base64.b64encode(random_bytes(_SECRET_BYTES)).decode("ascii")


def signed_headers(
    secrets: Sequence[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers that go with a body: its id, the time, a signature by each secret.

    Raises ValueError for a secret of another form.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode("ascii"), timestamp.encode("ascii"), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret has not the form of a webhook secret.") from error
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
