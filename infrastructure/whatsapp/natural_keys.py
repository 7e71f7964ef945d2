"""The key that is the same for every delivery of the same update, and for nothing else.

The store derives the id of the update's stream from it, so a second delivery in whatever grouping
meets the first one (reference, 1.4). Keys contain phone numbers: never store or log one in clear.
"""

from typing import NamedTuple

from infrastructure.whatsapp.updates import (
    CallStep,
    EchoedMessage,
    InboundMessage,
    MessageStatus,
    Notice,
    SystemIdentityChange,
    UnreadablePart,
    Update,
)


class NaturalKey(NamedTuple):
    """A key: `text` is unique among the keys of one `purpose` and one firm."""

    purpose: str
    text: str

    def __repr__(self) -> str:
        return f"NaturalKey(purpose={self.purpose!r})"


def message_key(phone_number_id: str, wamid: str) -> str:
    """Return the key of a message or system notice that a sender number received."""
    return f"{phone_number_id}\n{wamid}"


def status_key(wamid: str, status: str, participant: str | None) -> str:
    """Return the key of a status; `participant` tells the members of a group apart."""
    return f"{wamid}\n{status}\n{participant or ''}"


def notice_key(notice: Notice) -> str:
    """Return the key of a notice: where it belongs, its content, and the time of the entry."""
    return "\n".join(
        (
            notice.entry_id,
            notice.phone_number_id or "",
            notice.field,
            notice.part or "",
            notice.content_hash,
            notice.entry_time.isoformat() if notice.entry_time is not None else "",
        )
    )


def call_step_key(step: CallStep) -> str:
    """Return the key of a step of a call: a call has each step once."""
    return f"{step.phone_number_id}\n{step.wacid}\n{step.step}"


def natural_key(update: Update) -> NaturalKey:
    """Return the key of any update."""
    match update:
        case InboundMessage(completes=True) | EchoedMessage(completes=True):
            # The announcement has the same id; the file must not look like its redelivery.
            key = message_key(update.phone_number_id, update.wamid)
            return NaturalKey("message", f"{key}\nfile")
        case InboundMessage() | SystemIdentityChange() | EchoedMessage():
            return NaturalKey("message", message_key(update.phone_number_id, update.wamid))
        case CallStep():
            return NaturalKey("call_step", call_step_key(update))
        case MessageStatus():
            return NaturalKey("status", status_key(update.wamid, update.status, update.participant))
        case Notice():
            return NaturalKey("notice", notice_key(update))
        case UnreadablePart():
            return NaturalKey("unreadable", f"{update.reason}\n{update.content_hash}")
