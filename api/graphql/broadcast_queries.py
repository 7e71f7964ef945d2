"""The questions about broadcasts."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.broadcast import Broadcast, BroadcastRecipient
from api.graphql.broadcast_lists import broadcast_page, load_broadcasts, recipient_page
from api.graphql.context import Info
from api.graphql.enums import BroadcastState, value_of
from api.graphql.ids import identifier_of
from api.graphql.pages import After, Connection, First, forward
from api.graphql.wanted import wanted_below
from domain.errors import NotFound
from domain.scopes import Scope

Id = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]


@strawberry.type(description="What can be asked about broadcasts.")
class BroadcastQueries:
    """Part of the root of queries."""

    @guarded(Scope.BROADCASTS_READ, "The broadcasts of the firm, newest first.")
    async def broadcasts(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        state: Annotated[
            BroadcastState | None,
            strawberry.argument(description="The state of the broadcasts; all if left out."),
        ] = None,
    ) -> Connection[Broadcast] | None:
        """A page of the broadcasts."""
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        wanted_state = None if state is None else value_of(state)
        return await info.context.read(
            lambda reading: broadcast_page(reading, window, wanted_state, wanted)
        )

    @guarded(Scope.BROADCASTS_READ, "One broadcast; the error NOT_FOUND for an unknown id.")
    async def broadcast(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the name is Relay's
    ) -> Broadcast | None:
        """A broadcast by its id."""
        key = identifier_of(id, "Broadcast", field=("id",))
        wanted = wanted_below(info)
        found = await info.context.read(lambda reading: load_broadcasts(reading, [key], wanted))
        if key not in found:
            raise NotFound("There is no broadcast with this id.")
        shown: Broadcast = found[key]
        return shown

    @guarded(Scope.BROADCASTS_READ, "The recipients of a broadcast, also those who get nothing.")
    async def broadcast_recipients(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the name is Relay's
        first: First = None,
        after: After = None,
        state: Annotated[
            str | None,
            strawberry.argument(
                description="excluded, planned, or a state of delivery; all if left out."
            ),
        ] = None,
    ) -> Connection[BroadcastRecipient] | None:
        """A page of the recipients. Raises NotFound."""
        key = identifier_of(id, "Broadcast", field=("id",))
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        found = await info.context.read(
            lambda reading: recipient_page(reading, key, window, state, wanted)
        )
        if found is None:
            raise NotFound("There is no broadcast with this id.")
        return found
