"""Why a message was not sent or not delivered, in words for a person."""

import re
from typing import Final, NamedTuple

from domain.admission import REFUSALS, RefusalReason
from infrastructure.whatsapp.errors import rule_for


class FailureWords(NamedTuple):
    """What happened and what can be done about it; None where nothing more is known."""

    message: str
    next_step: str | None


_ATTEMPTS: Final = re.compile(r"_after_\d+_attempts$")

_OF_THE_HUB: Final = {
    "daily_limit": FailureWords(
        "The numbers of the account have written first to as many people as Meta allows in 24 "
        "hours.",
        "Nothing: it goes out by itself when there is room, or when the contact writes.",
    ),
    "quiet_hours": FailureWords(
        "The firm sends nothing in its quiet hours.",
        "Nothing: it goes out by itself when they end.",
    ),
    "defect": FailureWords(
        "The hub itself failed on it, three times in the same way.",
        "Tell the operator the digest. It can be tried again after an upgrade.",
    ),
    "in_doubt": FailureWords(
        "Nobody knows whether the message reached the contact: the answer of Meta was lost.",
        "Look at the contact's phone or ask the contact, then settle the doubt.",
    ),
    "given_up": FailureWords(
        "The message was tried as often as the rules allow.",
        "Send it again, or correct it and approve it anew.",
    ),
    "failed": FailureWords(
        "Meta reported that the message was not delivered, without a reason.",
        "Send it again, or reach the person another way.",
    ),
    "time_limit": FailureWords(
        "The work took longer than it may.", "Try it again when the machine is less busy."
    ),
    "unanswered": FailureWords(
        "The endpoint did not answer.", "Look at the endpoint, then tell it again."
    ),
    "endpoint_disabled": FailureWords(
        "The endpoint was disabled before it was told.",
        "Enable the endpoint first, then tell it again.",
    ),
    "scanner_unavailable": FailureWords(
        "No scanner looked into the file.", "See that clamd runs, then try it again."
    ),
    "access_token_missing": FailureWords(
        "There is no access token for the number.",
        "Connect the number again with its access token, then try it again.",
    ),
    "fault": FailureWords(
        "The hub itself failed on a part of a webhook.",
        "Replay it after an upgrade: nothing of it is lost.",
    ),
    "unknown_sender": FailureWords(
        "It is for a number that belongs to no firm of this hub.",
        "Connect the number: the part is taken in by itself.",
    ),
    "recipient_unreachable": FailureWords(
        "Neither a phone number nor a user id of the contact is known.",
        "Wait until the contact writes again, or reach the person another way.",
    ),
}
"""Reasons that the hub itself gives."""

_LOST_ANSWERS: Final = {
    "no_answer_in_time": "WhatsApp did not answer in time",
    "connection_lost": "the connection to WhatsApp broke before the answer came",
    "server_error_without_reason": "WhatsApp failed and did not say whether it took the message",
    "answer_unreadable": "the answer of WhatsApp could not be read",
    "sender_died": "the process that sent it died before the answer came",
    "defect": "the hub itself failed while it sent it",
}
"""Why nobody could tell whether an attempt arrived."""


def duplicate_words(cause: str) -> str:
    """Return why a contact has a message twice, for the stable cause of the lost answer."""
    lost = _LOST_ANSWERS.get(cause, "the answer of WhatsApp was lost")
    return f"It was sent again because {lost}; a later status proved that it had arrived."


def failure_words(failure: str) -> FailureWords:
    """Return the words for a stable reason: a code of Meta, a refusal, or a sentence already."""
    if failure.isdecimal():
        rule = rule_for(int(failure))
        return FailureWords(rule.words, rule.next_step)
    if failure in REFUSALS:
        refusal = REFUSALS[RefusalReason(failure)]
        return FailureWords(refusal.words, refusal.next_step)
    reason = _ATTEMPTS.sub("", failure)
    if reason.startswith("http_"):
        status = reason.removeprefix("http_")
        return FailureWords(
            f"The endpoint answered with HTTP {status}.",
            "Look at the endpoint, then tell it again.",
        )
    return _OF_THE_HUB.get(reason, FailureWords(failure, None))
