"""Steps of calls in words for a person."""

from collections.abc import Mapping
from typing import Final

from domain.call import CallReported

_STEPS: Final[Mapping[str, str]] = {
    "connect": "Call begun",
    "ringing": "Call is ringing",
    "accepted": "Call accepted",
    "rejected": "Call rejected",
    "terminate": "Call ended",
}
_CALLERS: Final[Mapping[bool | None, str]] = {
    True: " by the contact",
    False: " by the firm",
    None: "",
}


def call_words(call: CallReported) -> str:
    """Return a line for a step of a call; a word of Meta that is not known stands as it is."""
    words = _STEPS.get(call.step, f"Call: {call.step}")
    if call.step == "connect":
        words += _CALLERS[call.by_contact]
    if call.outcome == "failed":
        words += ", not reached"
    if call.duration_s is not None:
        minutes, seconds = divmod(call.duration_s, 60)
        words += f" after {minutes} min {seconds} s"
    return words
