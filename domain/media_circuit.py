"""Keeping that Meta's place for files was left alone for a while, or is asked again."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.event import Event
from domain.identity import SenderNumberId, derived_id
from domain.limits import REASON_CHARACTERS_MAX, require_pattern, require_text, require_time_zone
from domain.scopes import Scope


class MediaCircuitOpened(Event, frozen=True, kw_only=True):
    """Files of a number could not be fetched or sent several times in a row.

    Nothing is asked of Meta's place for files before `retry_at`; no file spends an attempt.
    """

    TOPIC: ClassVar[str] = "media_host.circuit_opened.v1"

    media_host_id: UUID
    sender_number_id: SenderNumberId
    cause: str
    words: str
    next_step: str
    retry_at: datetime


class MediaCircuitClosed(Event, frozen=True, kw_only=True):
    """A file came or went again: what waited goes on by itself."""

    TOPIC: ClassVar[str] = "media_host.circuit_closed.v1"

    media_host_id: UUID
    sender_number_id: SenderNumberId


def media_host_id_of(sender_number_id: UUID) -> UUID:
    """The stream about Meta's place for files, as one number meets it."""
    return derived_id(sender_number_id, "media host")


class MediaHost(Aggregate):
    """Meta's place for files as one sender number meets it."""

    NOUN = "media host"
    EVENTS = (MediaCircuitOpened, MediaCircuitClosed)

    opened: MediaCircuitOpened | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        self.opened = event if isinstance(event, MediaCircuitOpened) else None


class OpenMediaCircuit(Command, frozen=True, kw_only=True):
    """Keep that files are left alone for a while. Told once for each cause."""

    SCOPE = Scope.MEDIA_KEEP
    AGGREGATE = MediaHost
    STREAM = "media_host_id"

    media_host_id: UUID
    sender_number_id: SenderNumberId
    cause: str
    words: str
    next_step: str
    retry_at: datetime

    def execute(self, host: MediaHost, _context: CommandContext) -> None:
        """Record it, unless it is known to be open for the same cause. Raises InvalidInput."""
        require_pattern(self.cause, ("cause",), r"[a-z0-9_]{1,64}", "a stable word")
        require_text(self.words, ("words",), characters_max=REASON_CHARACTERS_MAX)
        require_text(self.next_step, ("next_step",), characters_max=REASON_CHARACTERS_MAX)
        require_time_zone(self.retry_at, ("retry_at",))
        if host.opened is None or host.opened.cause != self.cause:
            host.record(
                MediaCircuitOpened(
                    media_host_id=self.media_host_id,
                    sender_number_id=self.sender_number_id,
                    cause=self.cause,
                    words=self.words,
                    next_step=self.next_step,
                    retry_at=self.retry_at,
                )
            )


class CloseMediaCircuit(Command, frozen=True, kw_only=True):
    """Keep that files come and go again; one that was not left alone stays as it is."""

    SCOPE = Scope.MEDIA_KEEP
    AGGREGATE = MediaHost
    STREAM = "media_host_id"

    media_host_id: UUID
    sender_number_id: SenderNumberId

    def execute(self, host: MediaHost, _context: CommandContext) -> None:
        """Record it."""
        if host.opened is not None:
            host.record(
                MediaCircuitClosed(
                    media_host_id=self.media_host_id, sender_number_id=self.sender_number_id
                )
            )
