"""What is refused on the way of an outbound message."""

from domain.errors import HubError


class OutboundNotDue(HubError):
    """The message is not waiting to be sent, or not yet."""

    code = "OUTBOUND_NOT_DUE"
    hint = "Nothing was sent. Load the message to see where it stands."


class ApprovalDoesNotCover(HubError):
    """The words that would be sent are not the words that a human approved."""

    code = "APPROVAL_DOES_NOT_COVER"
    hint = "Nothing was sent. Write the reply anew and approve it."


class AttemptNotUnderway(HubError):
    """The outcome belongs to no attempt that is waiting for one."""

    code = "ATTEMPT_NOT_UNDERWAY"
    hint = "Nothing was changed. Load the message to see where it stands."
