"""What a notice says about numbers and accounts, read from Meta's shape; None where it is silent.

One function for each field that changes behaviour (reference, section 6). Nothing here raises.
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.sender_notice import (
    AnySenderNotice,
    BlockNotice,
    CapacityNotice,
    ImportNotice,
    MarketingNotice,
    NameNotice,
    RestrictionNotice,
    UsernameNotice,
)
from domain.sender_standing import UNLIMITED, BlockCause, Restriction
from infrastructure.whatsapp.decoding import JsonObject, NotJson, decode
from infrastructure.whatsapp.members import (
    as_items,
    as_object,
    filled_text,
    identifier,
    integer,
    moment,
    phone_digits,
    word,
)
from infrastructure.whatsapp.updates import ContactIdentity, Notice

USER_PREFERENCES: Final = "user_preferences"
THROUGHPUT_STANDARD: Final = 80
THROUGHPUT_HIGH: Final = 1000
"""Messages a second of a number, in and out together (reference, section 11)."""

_RESTRICTIONS_MAX: Final = 20
_LIMIT_MAX: Final = 10**9
_BLOCKS: Final[Mapping[str, tuple[BlockCause, bool]]] = {
    "account_deleted": (BlockCause.DELETED, True),
    "account_offboarded": (BlockCause.OFFBOARDED, True),
    "account_reconnected": (BlockCause.OFFBOARDED, False),
    "partner_added": (BlockCause.DISCONNECTED, False),
    "partner_app_installed": (BlockCause.DISCONNECTED, False),
    "partner_app_uninstalled": (BlockCause.DISCONNECTED, True),
    "partner_removed": (BlockCause.DISCONNECTED, True),
}
_BAN_STATES: Final = {"disable": True, "reinstate": False}
# Meta's events of a number: messages a second, and whether it is flagged.
_CAPACITIES: Final[Mapping[str, tuple[int | None, bool | None]]] = {
    "throughput_upgrade": (THROUGHPUT_HIGH, None),
    "onboarding": (THROUGHPUT_STANDARD, None),
    "flagged": (None, True),
    "unflagged": (None, False),
}


def sender_notice(notice: Notice) -> AnySenderNotice | None:
    """Return what a notice says, or None where it changes nothing of a number or contact."""
    reader = _READERS.get(notice.field)
    if reader is None:
        return None
    with contextlib.suppress(NotJson):
        return reader(notice, _item_of(notice))
    return None


def named_number(notice: Notice) -> tuple[str | None, str | None]:
    """Return the number that a notice of an account names: its digits, and Meta's id of it."""
    with contextlib.suppress(NotJson):
        value = as_object(decode(notice.value))
        digits = phone_digits(value.get("display_phone_number"))
        is_number = word(value.get("entity_type")) == "phone_number"
        return digits, identifier(value.get("entity_id")) if is_number else None
    return None, None


def person_of(notice: Notice) -> ContactIdentity | None:
    """Return the contact whose setting a notice tells."""
    if notice.field != USER_PREFERENCES or notice.person is None or not notice.person.is_known:
        return None
    return notice.person


def _item_of(notice: Notice) -> JsonObject:
    value = as_object(decode(notice.value))
    if notice.part is None:
        return value
    items = as_items(value.get(notice.part))
    return as_object(items[0]) if items else {}


def _account(notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    event = notice.event or ""
    if event == "disabled_update":
        state = _BAN_STATES.get(word(as_object(value.get("ban_info")).get("waba_ban_state")) or "")
        if state is None:
            return None
        return BlockNotice(cause=BlockCause.DISABLED, is_blocked=state)
    if event == "account_restriction":
        return RestrictionNotice(restrictions=_restrictions(value.get("restriction_info")))
    block = _BLOCKS.get(event)
    return None if block is None else BlockNotice(cause=block[0], is_blocked=block[1])


def _restrictions(told: Any) -> tuple[Restriction, ...]:
    found = {
        (kind, moment(members.get("expiration")))
        for members in map(as_object, as_items(told)[:_RESTRICTIONS_MAX])
        if (kind := word(members.get("restriction_type")))
    }
    ordered = sorted(found, key=lambda each: (each[0], str(each[1])))
    return tuple(Restriction(kind=kind, expires_at=expires_at) for kind, expires_at in ordered)


def _quality(notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    throughput, flagged = _CAPACITIES.get(notice.event or "", (None, None))
    limit = daily_limit(
        value.get("max_daily_conversations_per_business") or value.get("current_limit")
    )
    if throughput is None and flagged is None and limit is None:
        return None
    return CapacityNotice(
        messages_per_second=throughput, daily_recipients_max=limit, is_flagged=flagged
    )


def _capability(_notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    told = value.get("max_daily_conversations_per_business")
    if told is None:
        told = value.get("max_daily_conversation_per_phone")
    limit = daily_limit(told)
    return None if limit is None else CapacityNotice(daily_recipients_max=limit)


def daily_limit(told: Any) -> int | None:
    """Return a limit from Meta's number or `TIER_…` word; UNLIMITED for none."""
    number = integer(told)
    if number is not None:
        return number if number == UNLIMITED or 0 <= number <= _LIMIT_MAX else None
    tier = (word(told) or "").removeprefix("tier_")
    if tier == "unlimited":
        return UNLIMITED
    thousands = 1000 if tier.endswith("k") else 1
    digits = tier.removesuffix("k")
    is_sensible = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_LIMIT_MAX))
    return int(digits) * thousands if is_sensible else None


def _name(notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    if notice.event is None:
        return None
    return NameNotice(
        decision=notice.event,
        name=filled_text(value.get("requested_verified_name")),
        reason=word(value.get("rejection_reason")),
    )


def _username(_notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    status = word(value.get("status"))
    if status is None:
        return None
    return UsernameNotice(status=status, username=filled_text(value.get("username")))


def _preference(notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    decision = word(value.get("value"))
    if decision not in {"stop", "resume"} or notice.provider_time is None:
        return None
    return MarketingNotice(is_stopped=decision == "stop", decided_at=notice.provider_time)


def _import(_notice: Notice, value: JsonObject) -> AnySenderNotice | None:
    metadata = as_object(value.get("metadata"))
    errors = as_items(value.get("errors"))
    code = integer(as_object(errors[0]).get("code")) if errors else None
    if not metadata and code is None:
        return None
    return ImportNotice(
        phase=_small(metadata.get("phase")),
        chunk=_small(metadata.get("chunk_order")),
        progress=_small(metadata.get("progress")),
        error_code=code if code is not None and abs(code) <= _LIMIT_MAX else None,
    )


def _small(value: Any) -> int | None:
    number = integer(value)
    return number if number is not None and 0 <= number <= _LIMIT_MAX else None


_READERS: Final[Mapping[str, Callable[[Notice, JsonObject], AnySenderNotice | None]]] = {
    "account_update": _account,
    "business_capability_update": _capability,
    "business_username_update": _username,
    "history": _import,
    "phone_number_name_update": _name,
    "phone_number_quality_update": _quality,
    USER_PREFERENCES: _preference,
}
"""Field -> what reads it."""
