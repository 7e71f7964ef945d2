"""What members decide about messages that wait, are in doubt or were given up."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.context import Info
from api.graphql.firm_sending import (
    ChangeSendingRulesInput,
    ChangeSendingRulesPayload,
    change_sending_rules,
)
from api.graphql.manage_dead_letters import (
    DiscardDeadLettersInput,
    DiscardDeadLettersPayload,
    RetryDeadLettersInput,
    RetryDeadLettersPayload,
    ReviseDeadLetterInput,
    ReviseDeadLetterPayload,
    discard_dead_letters,
    retry_dead_letters,
    revise_dead_letter,
)
from api.graphql.manage_message import (
    CancelMessageInput,
    CancelMessagePayload,
    RescheduleMessageInput,
    RescheduleMessagePayload,
    SettleDoubtInput,
    SettleDoubtPayload,
    cancel_message,
    reschedule_message,
    settle_doubt,
)
from domain.scopes import Scope

_GIVEN = strawberry.argument(description="What is decided.")


@strawberry.type
class MessageMutations:
    """Part of the root of mutations."""

    @guarded(Scope.REPLIES_SEND, "Take a message back that was not sent yet.")
    async def cancel_message(
        self,
        info: Info,
        input: Annotated[CancelMessageInput, _GIVEN],  # noqa: A002 - as above
    ) -> CancelMessagePayload | None:
        """See `manage_message`."""
        return await cancel_message(info, input)

    @guarded(Scope.REPLIES_SEND, "Send a message that waits at another time.")
    async def reschedule_message(
        self,
        info: Info,
        input: Annotated[RescheduleMessageInput, _GIVEN],  # noqa: A002 - as above
    ) -> RescheduleMessagePayload | None:
        """See `manage_message`."""
        return await reschedule_message(info, input)

    @guarded(Scope.DOUBTS_SETTLE, "Decide about a message whose answer was lost.")
    async def settle_doubt(
        self,
        info: Info,
        input: Annotated[SettleDoubtInput, _GIVEN],  # noqa: A002 - as above
    ) -> SettleDoubtPayload | None:
        """See `manage_message`."""
        return await settle_doubt(info, input)

    @guarded(Scope.SENDERS_MANAGE, "Set how the firm sends: quiet hours, approvals, doubts.")
    async def change_sending_rules(
        self,
        info: Info,
        input: Annotated[ChangeSendingRulesInput, _GIVEN],  # noqa: A002 - as above
    ) -> ChangeSendingRulesPayload | None:
        """See `firm_sending`."""
        return await change_sending_rules(info, input)

    @guarded(
        Scope.WORK_MANAGE,
        "Try things again that were given up: messages (the rules of sending decide anew), work of "
        "the assistant, files, events for webhook endpoints.",
    )
    async def retry_dead_letters(
        self,
        info: Info,
        input: Annotated[RetryDeadLettersInput, _GIVEN],  # noqa: A002 - as above
    ) -> RetryDeadLettersPayload | None:
        """See `manage_dead_letters`."""
        return await retry_dead_letters(info, input)

    @guarded(Scope.WORK_MANAGE, "Set things aside that were given up, with a reason.")
    async def discard_dead_letters(
        self,
        info: Info,
        input: Annotated[DiscardDeadLettersInput, _GIVEN],  # noqa: A002 - as above
    ) -> DiscardDeadLettersPayload | None:
        """See `manage_dead_letters`."""
        return await discard_dead_letters(info, input)

    @guarded(
        Scope.REPLIES_SEND,
        "Take the words of a message that failed or was refused back as a draft, to be corrected "
        "and approved anew. The message itself is never sent then.",
    )
    async def revise_dead_letter(
        self,
        info: Info,
        input: Annotated[ReviseDeadLetterInput, _GIVEN],  # noqa: A002 - as above
    ) -> ReviseDeadLetterPayload | None:
        """See `manage_dead_letters`."""
        return await revise_dead_letter(info, input)
