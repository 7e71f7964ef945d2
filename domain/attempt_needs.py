"""What the next attempt of a message needs, by what became of the earlier ones."""

from typing import Final
from uuid import UUID

from domain.event import Event
from domain.outbound_file import OutboundFileAwaited, OutboundFilePrepared, OutboundFileRejected

LOST_FILE_CODES: Final = frozenset({100, 131009, 131053})
"""Meta's codes for an id of a file that it does not know (any more), or whose bytes it refuses."""

USER_ID_REFUSED: Final = 131062
"""Meta's code for a message that can go to a phone number only, not to a user id."""


class AttemptNeeds:
    """Which file has to be at Meta first, and whether the recipient must be named by phone.

    `preparation_id` is the upload that is waited for, `used_file_id` Meta's id in the last attempt,
    `lost_file_ids` those that Meta did not know or refused: they are not used for it again.
    """

    def __init__(self) -> None:
        self.preparations = 0
        self.preparation_id: UUID | None = None
        self.used_file_id: str | None = None
        self.lost_file_ids: set[str] = set()
        self.phone = False

    @property
    def is_file_awaited(self) -> bool:
        """Whether an upload is under way."""
        return self.preparation_id is not None

    def take(self, event: Event) -> None:
        """Change by one of the events about the file; others change nothing."""
        match event:
            case OutboundFileAwaited():
                self.preparations += 1
                self.preparation_id = event.preparation_id
            case OutboundFilePrepared() | OutboundFileRejected():
                self.preparation_id = None

    def heed(self, code: int | None) -> None:
        """Take in with which code of Meta an attempt failed."""
        if code in LOST_FILE_CODES:
            self.lose_file()
        self.phone = self.phone or code == USER_ID_REFUSED

    def lose_file(self) -> None:
        """The id of the last attempt is not used again."""
        if self.used_file_id is not None:
            self.lost_file_ids.add(self.used_file_id)
