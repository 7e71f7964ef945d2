"""Messages that wait or are in doubt: cancel, send at another time, settle."""

from collections.abc import Callable
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intend,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.sending_times import SEND_AT_DESCRIPTION, chosen_time
from api.graphql.timeline import OutboundMessage
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.identity import OutboundMessageId
from domain.outbound_commands import DoubtDecision as DomainDecision
from domain.outbound_commands import SettleDoubt
from domain.outbound_timing_commands import CancelOutbound, RescheduleOutbound

_MESSAGE_ID = ("input", "messageId")
_NAMES: Names = {("send_at",): "sendTime"}
_KEY = "A text of the client's own for this one command: sending it again is safe."


@strawberry.enum(description="What a member found out about a message in doubt.")
class DoubtDecision(Enum):
    """Values of `domain.outbound_commands.DoubtDecision`."""

    WAS_SENT = strawberry.enum_value("was_sent", description="The contact has it.")
    SEND_AGAIN = strawberry.enum_value(
        "send_again", description="The contact does not have it: send the same words again."
    )
    GIVE_UP = strawberry.enum_value(
        "give_up", description="Whether it arrived or not, it is not sent again."
    )


@strawberry.input(description="Take a message back that was not sent yet.")
class CancelMessageInput:
    """Which message."""

    message_id: strawberry.ID = strawberry.field(description="The message of the firm.")
    idempotency_key: str = strawberry.field(description=_KEY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the message that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Send a message that waits at another time.")
class RescheduleMessageInput:
    """Which message, and when."""

    message_id: strawberry.ID = strawberry.field(description="The message of the firm.")
    idempotency_key: str = strawberry.field(description=_KEY)
    send_time: str | None = strawberry.field(default=None, description=SEND_AT_DESCRIPTION)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the message that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Decide about a message whose answer was lost.")
class SettleDoubtInput:
    """What a member found out."""

    message_id: strawberry.ID = strawberry.field(description="The message of the firm.")
    decision: DoubtDecision = strawberry.field(description="What becomes of it.")
    idempotency_key: str = strawberry.field(description=_KEY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the message that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command on a message of the firm.")
class MessagePayload(CommandPayload):
    """The message after the command."""

    message: OutboundMessage | None = strawberry.field(
        description="The message; null if nothing was done."
    )


@strawberry.type(description="The answer to `cancelMessage`.")
class CancelMessagePayload(MessagePayload):
    """After the cancellation."""


@strawberry.type(description="The answer to `rescheduleMessage`.")
class RescheduleMessagePayload(MessagePayload):
    """After the change."""


@strawberry.type(description="The answer to `settleDoubt`.")
class SettleDoubtPayload(MessagePayload):
    """After the decision."""


async def cancel_message(info: Info, given: CancelMessageInput) -> CancelMessagePayload:
    """Take a message back."""

    def command(_context: RequestContext, _is_new: bool, message_id: UUID) -> Command:
        return CancelOutbound(
            outbound_message_id=OutboundMessageId(message_id),
            expected_version=given.expected_version,
        )

    key = _given("cancelMessage", given)
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return CancelMessagePayload(message=await _shown(info, done), **done.common)


async def reschedule_message(info: Info, given: RescheduleMessageInput) -> RescheduleMessagePayload:
    """Send a message at another time."""

    def command(context: RequestContext, is_new: bool, message_id: UUID) -> Command:
        return RescheduleOutbound(
            outbound_message_id=OutboundMessageId(message_id),
            send_at=chosen_time(context, given.send_time, is_new=is_new),
            expected_version=given.expected_version,
        )

    key = _given("rescheduleMessage", given, sendTime=given.send_time)
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return RescheduleMessagePayload(message=await _shown(info, done), **done.common)


async def settle_doubt(info: Info, given: SettleDoubtInput) -> SettleDoubtPayload:
    """Decide about a message in doubt."""

    def command(_context: RequestContext, _is_new: bool, message_id: UUID) -> Command:
        return SettleDoubt(
            outbound_message_id=OutboundMessageId(message_id),
            decision=DomainDecision[given.decision.name],
            expected_version=given.expected_version,
        )

    key = _given("settleDoubt", given, decision=given.decision.name)
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return SettleDoubtPayload(message=await _shown(info, done), **done.common)


_AnyInput = CancelMessageInput | RescheduleMessageInput | SettleDoubtInput


def _intend(given: _AnyInput, command: Callable[[RequestContext, bool, UUID], Command]) -> Intend:
    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(given.message_id, "OutboundMessage", field=_MESSAGE_ID)
        newest = cause_of(context.services.journal.load(context.tenant_id, key))
        # A member's own decision continues the story and is caused by nothing but the member.
        return Intention(command(context, is_new, key), Cause(newest.correlation_id))

    return intend


def _given(name: str, given: _AnyInput, **body: Any) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={"messageId": given.message_id, "expectedVersion": given.expected_version, **body},
    )


async def _shown(info: Info, done: Done) -> OutboundMessage | None:
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    wanted = wanted_below(info).below("message")
    found = await info.context.read(lambda reading: load(reading, "OutboundMessage", [key], wanted))
    return found.get(key)
