"""Whether a notification was signed with one of the app secrets that a tenant may use.

Rule: `X-Hub-Signature-256: sha256=<64 lower-case hexadecimal digits>`, an HMAC-SHA256 with the app
secret over the body exactly as it came (reference, 1.2). Only that form is accepted.
"""

import hmac
from collections.abc import Sequence
from typing import Final

_PREFIX: Final = "sha256="
_HEADER_CHARACTERS: Final = len(_PREFIX) + 64


class AppSecret:
    """The secret of one Meta app. `name` says whose it is; the key never shows."""

    __slots__ = ("_key", "name")

    def __init__(self, name: str, key: str | bytes) -> None:
        self.name = name
        self._key = key.encode() if isinstance(key, str) else bytes(key)
        if not self._key:
            raise ValueError(
                "An app secret cannot be empty. Copy it from the app's basic settings at Meta."
            )

    def digest_of(self, raw: bytes) -> str:
        """Return the HMAC-SHA256 of `raw` as lower-case hexadecimal digits."""
        return hmac.digest(self._key, raw, "sha256").hex()

    def __repr__(self) -> str:
        return f"AppSecret(name={self.name!r})"


def verify(raw: bytes, header: str | None, secrets: Sequence[AppSecret]) -> AppSecret | None:
    """Return the secret that signed `raw`, or None. Never raises.

    Every secret is tried even after a match, so that the time does not tell which one matched.
    """
    # compare_digest takes ASCII text only; whatever is not ASCII cannot be a signature.
    if (
        header is None
        or len(header) != _HEADER_CHARACTERS
        or not header.startswith(_PREFIX)
        or not header.isascii()
    ):
        return None
    signature = header[len(_PREFIX) :]
    signer: AppSecret | None = None
    for secret in secrets:
        if hmac.compare_digest(secret.digest_of(raw), signature):
            signer = secret
    return signer


def sign(raw: bytes, secret: AppSecret) -> str:
    """Return the header that a sender who holds `secret` puts on `raw`."""
    return _PREFIX + secret.digest_of(raw)
