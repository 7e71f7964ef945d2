"""The legal hold that lies on a contact."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.graphql.access import described
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.graphql.wanted import Wanted
from api.reading import Opened, Reading
from domain.legal_hold import LegalHoldReason
from projections.legal_holds import legal_holds_of


@strawberry.type(
    description="A member's word that nothing of a contact is deleted, whatever period has ended."
)
class LegalHold:
    """A hold that was placed and not released."""

    since: datetime = strawberry.field(description="When it was placed.")
    words: strawberry.Private[Opened]

    @described("Why it was placed, in the member's words.")
    def reason(self, info: Info) -> str | None:
        """The words of the member."""
        return shown(info, self.words, _reason)

    @described("Whether the reason is shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why it is shown or not."""
        return content_state(info, self.words)


def load_legal_holds(reading: Reading, keys: list[UUID], _wanted: Wanted) -> dict[UUID, LegalHold]:
    """Return the holds that lie on contacts, by contact."""
    return {
        row.contact_id: LegalHold(since=row.since, words=reading.content(row.reason_sealed))
        for row in reading.rows(legal_holds_of(reading.tenant_id, keys))
        if row.is_placed
    }


def _reason(words: LegalHoldReason) -> str:
    return words.reason
