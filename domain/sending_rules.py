"""The firm's own rules of sending: quiet hours, the life of an approval, what becomes of doubts."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from domain.outbound_message import ApprovalKind, MessagePurpose, OutboundRequested

APPROVAL_LIFE_HOURS: Final = 72
"""How long an approval holds unless the firm says otherwise."""

DOUBT_WAIT_MINUTES: Final = 15
"""How long a status may settle a doubt before a person is asked, unless the firm says otherwise."""

AUTOMATIC: Final = frozenset(
    {
        MessagePurpose.CONSENT_QUESTION,
        MessagePurpose.INTAKE_QUESTION,
        MessagePurpose.NOTICE,
        MessagePurpose.OPT_OUT_CONFIRMATION,
    }
)
"""Answers to what the contact wrote a moment ago; quiet hours do not hold them back."""

_JAKARTA: Final = timezone(timedelta(hours=7), "Asia/Jakarta")
"""Where the machine has no table of time zones: Western Indonesian Time, which never changes."""


class DoubtAction(StrEnum):
    """What becomes of a message in doubt that no status has settled in time."""

    PARK = "park"
    RESEND = "resend"
    DROP = "drop"


class SendingRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a firm sends.

    From `quiet_from` to `quiet_until` (times of the firm's zone, possibly over midnight; None: no
    quiet hours) nothing but automatic answers goes out. An approval holds `approval_life_hours`. A
    doubt is left to statuses for `doubt_wait_minutes`; then `doubt_actions` tells what becomes of
    messages of a purpose, and a person decides about all others.
    """

    quiet_from: time | None = None
    quiet_until: time | None = None
    approval_life_hours: int = APPROVAL_LIFE_HOURS
    doubt_wait_minutes: int = DOUBT_WAIT_MINUTES
    doubt_actions: Mapping[MessagePurpose, DoubtAction] = {}

    def action_for(self, purpose: MessagePurpose) -> DoubtAction:
        """What becomes of a doubt about a message of this purpose."""
        return self.doubt_actions.get(purpose, DoubtAction.PARK)


class Postponed(msgspec.Struct, frozen=True, kw_only=True):
    """The message may be sent, but not before `until`; the others of the number need not wait."""

    until: datetime
    reason: str = "quiet_hours"


def zone_of(time_zone: str) -> tzinfo:
    """Return the time zone of a firm; Western Indonesian Time for one that nobody knows."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _JAKARTA


def end_of_quiet(rules: SendingRules, moment: datetime, time_zone: str) -> datetime | None:
    """Return when the quiet hours end that `moment` falls in; None outside of them."""
    begin, end = rules.quiet_from, rules.quiet_until
    if begin is None or end is None or begin == end:
        return None
    zone = zone_of(time_zone)
    local = moment.astimezone(zone)
    now = local.time().replace(tzinfo=None)
    is_over_midnight = begin > end
    is_quiet = (now >= begin or now < end) if is_over_midnight else begin <= now < end
    if not is_quiet:
        return None
    ends_tomorrow = is_over_midnight and now >= begin
    day = local.date() + timedelta(days=1 if ends_tomorrow else 0)
    return datetime.combine(day, end, tzinfo=zone).astimezone(UTC)


def quiet_until(
    rules: SendingRules, purpose: MessagePurpose, moment: datetime, time_zone: str
) -> datetime | None:
    """Return until when a message of this purpose has to wait because of the quiet hours."""
    return None if purpose in AUTOMATIC else end_of_quiet(rules, moment, time_zone)


def approval_ends_at(rules: SendingRules, requested: OutboundRequested) -> datetime | None:
    """Return when the approval of a message ends; None for published texts, which do not expire.

    For a message that is sent later it holds as long from the chosen time on.
    """
    approval = requested.approval
    if approval.kind is ApprovalKind.PUBLISHED_TEXT:
        return None
    begins = max(approval.approved_at, requested.send_at or approval.approved_at)
    return begins + timedelta(hours=rules.approval_life_hours)
