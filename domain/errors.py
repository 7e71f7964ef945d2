"""Errors of the domain: what is true, a stable code, and what the reader can do next."""

from typing import ClassVar


class HubError(Exception):
    """A refusal that a person can understand and act on.

    `code` is stable and part of the API; `hint` says what to do next. Neither ever holds personal
    content.
    """

    code: ClassVar[str] = "HUB_ERROR"
    hint: ClassVar[str] = "Try again, and tell your administrator if it happens again."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = hint if hint is not None else self.hint


class NotFound(HubError):
    """The thing does not exist for this firm.

    A thing of another firm is reported in the same words.
    """

    code = "NOT_FOUND"
    hint = "Check the id; it may belong to something that does not exist."


class InvalidInput(HubError):
    """A value is outside what the command accepts."""

    code = "INVALID_INPUT"
    hint = "Correct the value that is named and send the command again."

    def __init__(
        self, message: str, *, field: tuple[str, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.field = field


class AlreadyExists(HubError):
    """The thing with this id exists already."""

    code = "ALREADY_EXISTS"
    hint = "Use the existing one, or send a new id."


class HumanRequired(HubError):
    """Only a person may decide this; the actor is a part of the system."""

    code = "HUMAN_REQUIRED"
    hint = "Let a member of the firm decide."


class Forbidden(HubError):
    """The actor lacks the scope that the command or field asks for."""

    code = "FORBIDDEN"
    hint = "Ask an owner of the firm for a role that has this scope."


class VersionConflict(HubError):
    """The thing changed since the version that the actor saw."""

    code = "VERSION_CONFLICT"
    hint = "Load the newest state, look at what changed, and decide again."

    def __init__(self, *, expected_version: int, current_version: int) -> None:
        super().__init__(
            f"The expected version is {expected_version}, the current version is {current_version}."
        )
        self.expected_version = expected_version
        self.current_version = current_version


class IdempotencyConflict(HubError):
    """The same idempotency key came with another body."""

    code = "IDEMPOTENCY_CONFLICT"
    hint = "Use a new idempotency key for a new command."


class StoreUnavailable(HubError):
    """The event store cannot accept the write now; nothing was written."""

    code = "STORE_UNAVAILABLE"
    hint = "Nothing was changed. Try again in a few seconds."


class TooMuchContention(HubError):
    """The thing was changed by others at every attempt."""

    code = "TOO_MUCH_CONTENTION"
    hint = "Nothing was changed. Try again in a moment."
