"""Why a call to somebody else's address had no answer."""

from enum import StrEnum


class CallFailure(StrEnum):
    """The reason, as a stable word."""

    NAME_UNKNOWN = "name_unknown"
    NO_CONNECTION = "no_connection"
    CERTIFICATE_INVALID = "certificate_invalid"
    TOO_SLOW = "too_slow"
    CONNECTION_LOST = "connection_lost"
    ANSWER_UNREADABLE = "answer_unreadable"
    ANSWER_TOO_LARGE = "answer_too_large"


class CallFailed(Exception):
    """A call that was allowed came to nothing. Holds a reason and no address or content."""

    def __init__(self, failure: CallFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure
