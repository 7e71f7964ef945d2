"""The questions about what was given up."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.context import Info
from api.graphql.dead_letters import (
    DeadLetter,
    DeadLetterGroup,
    DeadLetterKind,
    dead_letter_groups,
    dead_letter_page,
    letter_filter,
)
from api.graphql.pages import After, Connection, First, forward
from domain.scopes import Scope

Kind = Annotated[DeadLetterKind | None, strawberry.argument(description="Only of this kind.")]
Cause = Annotated[str | None, strawberry.argument(description="Only with this stable reason.")]
Digest = Annotated[
    str | None, strawberry.argument(description="Only with this digest of a defect.")
]

Mine = Annotated[
    bool,
    strawberry.argument(
        description="Only messages whose words the member who asks has approved: what comes back "
        "to their author."
    ),
]


@strawberry.type(description="What can be asked about what was given up.")
class DeadLetterQueries:
    """Part of the root of queries."""

    @guarded(Scope.WORK_READ, "What was given up and waits for a person, newest first.")
    async def dead_letters(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        kind: Kind = None,
        cause: Cause = None,
        digest: Digest = None,
        mine: Mine = False,
    ) -> Connection[DeadLetter] | None:
        """A page of the dead letters."""
        window = forward(first, after)
        wanted = letter_filter(info, kind, cause, digest, is_mine=mine)
        return await info.context.read(lambda reading: dead_letter_page(reading, window, wanted))

    @guarded(
        Scope.WORK_READ,
        "What waits for a person, equal faults together: by kind, cause and digest, the most "
        "frequent first, at most 100.",
    )
    async def dead_letter_groups(
        self, info: Info, kind: Kind = None, cause: Cause = None, digest: Digest = None
    ) -> list[DeadLetterGroup] | None:
        """The faults behind the dead letters."""
        wanted = letter_filter(info, kind, cause, digest)
        return await info.context.read(lambda reading: dead_letter_groups(reading, wanted))
