"""Fault switches: what shall go wrong, how often, and for whom.

A rule holds for the next ``times`` occasions that it applies to; without ``times`` until the
faults are cleared.
"""

from typing import Annotated, Literal, get_args

import msgspec

RequestFault = Literal[
    "error",  # refuse with Meta's error `code`
    "latency",  # answer after `seconds` of real time
    "drop_before_accepting",  # close the connection, the message does not exist
    "drop_after_accepting",  # close the connection, the message is on its way
    "server_error",  # answer HTTP `http_status` without a body, the message does not exist
    "slow_body",  # stretch the answer over `seconds` of real time
]
StatusFault = Literal[
    "fail",  # accept, then `failed` with `code` instead of `sent`
    "fail_after_sent",  # `sent`, then `failed` with `code`
    "skip_delivered",  # `sent`, then nothing before `read`
    "swap_order",  # `delivered` arrives before `sent`
    "duplicate_statuses",  # every status arrives twice
    "status_before_response",  # `sent` arrives before the HTTP answer
    "never_deliver",  # `sent` and then silence
    "hold_template",  # `held_for_quality_assessment`, then released or dropped
    "no_opaque_on_failed",  # `failed` without biz_opaque_callback_data
    "contacts_on_failed",  # `failed` with contacts
]
WebhookFault = Literal[
    "bad_signature",  # signed with another secret
    "missing_signature",  # not signed at all
    "duplicate_delivery",  # the same POST again after a 200
]
MediaFault = Literal[
    "media_redirect",  # the download URL redirects once
    "media_short_body",  # the download ends after half of the bytes
    "media_slow_body",  # the download is stretched over `seconds`
    "media_missing",  # the download answers 404
    "upload_cut_short",  # the connection breaks in the middle of the bytes of a sample
    "reject_template",  # the next template review ends with REJECTED
]
FaultKind = Literal[RequestFault, StatusFault, WebhookFault, MediaFault]

ALL_FAULTS: frozenset[str] = frozenset(
    kind
    for group in (RequestFault, StatusFault, WebhookFault, MediaFault)
    for kind in get_args(group)
)

DEFAULT_LATENCY_SECONDS = 1.0
DEFAULT_SERVER_ERROR = 503
DEFAULT_ERROR_CODE = 131000


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing that shall go wrong. ``person`` and ``phone_number_id`` narrow it down."""

    kind: FaultKind
    times: Annotated[int, msgspec.Meta(ge=1)] | None = 1
    code: int = DEFAULT_ERROR_CODE
    seconds: Annotated[float, msgspec.Meta(ge=0)] = DEFAULT_LATENCY_SECONDS
    http_status: Annotated[int, msgspec.Meta(ge=500, le=599)] = DEFAULT_SERVER_ERROR
    outcome: Literal["release", "drop"] = "release"
    person: str | None = None
    phone_number_id: str | None = None


class Faults:
    """The rules in force, in the order in which they were set."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force."""
        self._rules.append(rule)

    def clear(self) -> None:
        """Let everything work again."""
        self._rules.clear()

    def in_force(self) -> list[FaultRule]:
        """The rules that still apply, with what is left of their ``times``."""
        return list(self._rules)

    def take(
        self, kind: FaultKind, *, person: str | None = None, phone_number_id: str | None = None
    ) -> FaultRule | None:
        """The first rule of this kind that applies here; uses up one of its times."""
        for rule in self._rules:
            if rule.kind != kind:
                continue
            if rule.person is not None and rule.person != person:
                continue
            if rule.phone_number_id is not None and rule.phone_number_id != phone_number_id:
                continue
            self._use_up(rule)
            return rule
        return None

    def _use_up(self, rule: FaultRule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times <= 0:
            self._rules = [other for other in self._rules if other is not rule]
