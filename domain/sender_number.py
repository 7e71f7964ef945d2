"""A WhatsApp number of the firm (sender number): which account it belongs to and how it is reached.

App secret, verify token and access token never stand in an event: they are kept encrypted by the vault and named here by
a fingerprint.
"""

from typing import ClassVar

from domain.event import Event
from domain.identity import SenderNumberId


class SenderNumberAdded(Event, frozen=True, kw_only=True):
    """A number was connected to the firm.

    `app` names the Meta app that signs its webhooks, `app_fingerprints` the app secrets (at most two, during rotation)
    whose signatures are accepted for it. `display_phone` is the firm's own public number.
    """

    TOPIC: ClassVar[str] = "sender_number.added.v1"

    sender_number_id: SenderNumberId
    waba_id: str
    phone_number_id: str
    display_phone: str
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None


class SenderNumberCredentialsChanged(Event, frozen=True, kw_only=True):
    """Secrets of the number were rotated."""

    TOPIC: ClassVar[str] = "sender_number.credentials_changed.v1"

    sender_number_id: SenderNumberId
    app: str
    app_fingerprints: tuple[str, ...]
    access_token_fingerprint: str
    graph_url: str | None = None


class SenderNumberPaused(Event, frozen=True, kw_only=True):
    """Nothing is sent from the number until it is resumed."""

    TOPIC: ClassVar[str] = "sender_number.paused.v1"

    sender_number_id: SenderNumberId
    reason: str


class SenderNumberResumed(Event, frozen=True, kw_only=True):
    """The number may send again."""

    TOPIC: ClassVar[str] = "sender_number.resumed.v1"

    sender_number_id: SenderNumberId


class SenderNumberNoticed(Event, frozen=True, kw_only=True):
    """Meta told something about the number, its account or its templates that has no event of its own yet.

    The raw part stays readable in `raw`; it holds no contact's data (messages and statuses never come this way).
    """

    TOPIC: ClassVar[str] = "sender_number.noticed.v1"
    CONTRACT: ClassVar[str | None] = None

    waba_id: str
    field: str
    raw: str
    sender_number_id: SenderNumberId | None = None
