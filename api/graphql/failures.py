"""Why a message was not sent or not delivered, in words for a person."""

from typing import Final, NamedTuple

from domain.admission import REFUSALS, RefusalReason
from infrastructure.whatsapp.errors import rule_for


class FailureWords(NamedTuple):
    """What happened and what can be done about it; None where nothing more is known."""

    message: str
    next_step: str | None


_OF_THE_SENDER: Final = {
    "recipient_unreachable": FailureWords(
        "Neither a phone number nor a user id of the contact is known.",
        "Wait until the contact writes again, or reach the person another way.",
    ),
}
"""Reasons that the sender itself gives."""


def failure_words(failure: str) -> FailureWords:
    """Return the words for a stable reason: a code of Meta, a refusal, or a sentence already."""
    if failure.isdecimal():
        rule = rule_for(int(failure))
        return FailureWords(rule.words, rule.next_step)
    if failure in REFUSALS:
        refusal = REFUSALS[RefusalReason(failure)]
        return FailureWords(refusal.words, refusal.next_step)
    return _OF_THE_SENDER.get(failure, FailureWords(failure, None))
