"""`POST /media?conversation=<id>`: a file to be sent, taken in as a stream.

The answer tells the id under which messages attach it, or why it was refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
from starlette.types import Receive, Scope, Send

from api.graphql.commands import VISIBLE_WITHIN_S
from api.graphql.context import Services
from api.graphql.ids import global_id, identifier_of, uuid_of
from api.media.intake import Bringing, FileIntake, file_intake
from api.media.reception import Arrival, Reception
from domain.errors import NotFound
from domain.identity import ContactId, ConversationId
from domain.scopes import Scope as AccessScope
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.workshop import Workshop
from projections.inbox_queries import conversations_by_id

PATH: Final = "/media"
AT_ONCE: Final = 4
"""Files that one process takes in at a time: each may keep a processor busy for a while."""


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that was kept. `id` is what `mediaId` of a message names."""

    id: str
    kind: str
    content_type: str
    size_bytes: int
    file_name: str


class UploadEndpoint:
    """Takes files in: 201 when kept, a problem document (RFC 9457) when not."""

    def __init__(
        self,
        services: Services,
        reception: Reception,
        *,
        stores: Callable[[], tuple[Workshop, ObjectStore]],
    ) -> None:
        self._services = services
        self._reception = reception
        self._stores = stores

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._reception.serve((scope, receive, send), AccessScope.MEDIA_UPLOAD, self._take)

    async def _take(self, arrival: Arrival) -> bytes:
        by = await self._bringing(arrival)

        @contextmanager
        def place() -> Iterator[FileIntake]:
            workshop, objects = self._stores()
            with file_intake(self._services, workshop, objects, by) as intake:
                yield intake

        found = await self._reception.take_in(arrival, place)
        await self._services.horizon.reached(
            arrival.principal.tenant_id, found.seq, timeout_s=VISIBLE_WITHIN_S
        )
        answer = UploadAnswer(
            id=str(global_id("MediaFile", found.media_id)),
            kind=found.kind,
            content_type=found.content_type,
            size_bytes=found.size_bytes,
            file_name=found.file_name,
        )
        return msgspec.json.encode(answer)

    async def _bringing(self, arrival: Arrival) -> Bringing:
        """For whom the file is. Raises InvalidInput and NotFound."""
        principal = arrival.principal
        wanted = arrival.parameter("conversation")
        key = uuid_of(wanted) or identifier_of(wanted, "Conversation", field=("conversation",))
        query = conversations_by_id(principal.tenant_id, [key])
        row = await self._services.read_models.read(
            principal.tenant_id, lambda reading: reading.first(query)
        )
        if row is None:
            raise NotFound("There is no conversation with this id.")
        return Bringing(
            principal=principal,
            conversation_id=ConversationId(row.conversation_id),
            contact_id=ContactId(row.contact_id),
            declared_type=arrival.declared_type,
            name=arrival.name,
            traceparent=arrival.traceparent,
        )
