"""Which messages announce a file that is fetched: of contacts and of the firm, old and edited."""

from domain.echoed_message import MessageEchoed
from domain.inbound_message import MessageReceived
from domain.media import MEDIA_KINDS
from domain.message_content import EditContent, MediaContent, MessageContent


def announced_file_kind(event: MessageReceived | MessageEchoed) -> str | None:
    """Return the kind of the file that a message announces; None for one without."""
    if not event.understood:
        return None
    return event.kind if event.kind in MEDIA_KINDS else event.edited_file_kind


def edited_file_kind(content: MessageContent) -> str | None:
    """Return the kind of the file that an edit announces; None for anything else."""
    edited = content.content if isinstance(content, EditContent) else None
    return edited.media if isinstance(edited, MediaContent) else None


def announced_file(content: MessageContent | None) -> MediaContent | None:
    """Return what a message, or an edit, says of its file; None if it announces none."""
    told = content.content if isinstance(content, EditContent) else content
    return told if isinstance(told, MediaContent) else None
