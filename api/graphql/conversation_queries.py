"""The list of conversations."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.context import Info
from api.graphql.conversation import Conversation
from api.graphql.filters import ConversationFilter, ConversationOrder, inbox_filter
from api.graphql.lists import conversation_page, urgent_conversation_page
from api.graphql.pages import After, Connection, First, forward
from api.graphql.wanted import wanted_below
from domain.scopes import Scope


@strawberry.type(description="What can be asked about conversations.")
class ConversationQueries:
    """Part of the root of queries."""

    @guarded(Scope.CONVERSATIONS_READ, "The conversations of the firm.")
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[  # noqa: A002 - the lawyer's word for it
            ConversationFilter | None,
            strawberry.argument(description="Which conversations are asked for."),
        ] = None,
        order: Annotated[
            ConversationOrder | None,
            strawberry.argument(description="What comes first: the newest unless said otherwise."),
        ] = None,
    ) -> Connection[Conversation] | None:
        """A page of the inbox."""
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        only = inbox_filter(filter, info.context.member)
        is_urgent = order is ConversationOrder.MOST_URGENT
        list_page = urgent_conversation_page if is_urgent else conversation_page
        return await info.context.read(lambda reading: list_page(reading, window, only, wanted))
