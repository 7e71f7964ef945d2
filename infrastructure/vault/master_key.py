"""The master key: 32 bytes that every other key and every database password hangs on."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import ClassVar, Final

from domain.errors import HubError
from infrastructure.settings import Settings

KEY_BYTES: Final = 32


class MasterKeyUnusable(HubError):
    """The master key is missing, unreadable or not base64 of 32 bytes."""

    code: ClassVar[str] = "MASTER_KEY_UNUSABLE"
    hint: ClassVar[str] = (
        "Set HUB_MASTER_KEY to base64 of 32 bytes, or restore the file keys/master.key in HUB_HOME."
    )


class MasterKey:
    """Derives one key per purpose; the master key itself encrypts nothing."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise MasterKeyUnusable(f"The master key has {len(secret)} bytes instead of 32.")
        self._secret = secret

    def __repr__(self) -> str:
        return f"MasterKey({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """16 hex digits by which two master keys are told apart; reveals nothing of the key."""
        return self.derive("fingerprint")[:8].hex()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose: HMAC-SHA256, as the key has full entropy."""
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def password(self, role_name: str) -> str:
        """The password of a database role."""
        derived = self.derive(f"database-role:{role_name}")
        return base64.urlsafe_b64encode(derived).decode().rstrip("=")


def load_master_key(settings: Settings) -> MasterKey:
    """The master key of this hub; its file is made on first use (owner may read, nobody else).

    Raises MasterKeyUnusable.
    """
    if settings.master_key:
        return MasterKey(_decode(settings.master_key, "HUB_MASTER_KEY"))
    path = settings.home / "keys" / "master.key"
    try:
        if not path.exists():
            _create(path)
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyUnusable(f"The master key file {path} cannot be used: {error}.") from error
    return MasterKey(_decode(text, str(path)))


def _decode(text: str, source: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MasterKeyUnusable(f"The master key in {source} is not base64.") from error


def _create(path: Path) -> None:
    """Makes the file whole or not at all, whoever else makes it at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
