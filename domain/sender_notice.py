"""What a notice of Meta says about a sender number or a contact, in the words of the domain."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from domain.sender_standing import BlockCause, Restriction


class BlockNotice(msgspec.Struct, frozen=True, kw_only=True, tag="block"):
    """The account was blocked (`is_blocked`), or a block of this cause was lifted."""

    cause: BlockCause
    is_blocked: bool


class RestrictionNotice(msgspec.Struct, frozen=True, kw_only=True, tag="restriction"):
    """The account was restricted."""

    restrictions: tuple[Restriction, ...]


class CapacityNotice(msgspec.Struct, frozen=True, kw_only=True, tag="capacity"):
    """What the number may send, as far as the notice tells."""

    messages_per_second: int | None = None
    daily_recipients_max: int | None = None
    is_flagged: bool | None = None


class NameNotice(msgspec.Struct, frozen=True, kw_only=True, tag="name"):
    """Meta's decision on the name of the number."""

    decision: str
    name: str | None = None
    reason: str | None = None


class UsernameNotice(msgspec.Struct, frozen=True, kw_only=True, tag="username"):
    """The username of the firm."""

    status: str
    username: str | None = None


class MarketingNotice(msgspec.Struct, frozen=True, kw_only=True, tag="marketing"):
    """A contact stopped or resumed marketing in WhatsApp's own setting, at `decided_at`."""

    is_stopped: bool
    decided_at: datetime


class ImportNotice(msgspec.Struct, frozen=True, kw_only=True, tag="import"):
    """How far the import of the phone app's history is; `error_code` where it was refused.

    `progress` is in percent. A chunk is known by its phase and order.
    """

    phase: int | None = None
    chunk: int | None = None
    progress: int | None = None
    error_code: int | None = None


AnySenderNotice: TypeAlias = (
    BlockNotice
    | RestrictionNotice
    | CapacityNotice
    | NameNotice
    | UsernameNotice
    | MarketingNotice
    | ImportNotice
)
