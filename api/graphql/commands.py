"""Carrying out a command: once per key, with its origin, and visible before the answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import strawberry

from api.graphql.context import Info, RequestContext
from api.graphql.cursors import position_cursor
from api.graphql.scalars import Cursor
from api.graphql.user_errors import UserError, user_error
from api.stream_position import positions
from domain.aggregate import Command
from domain.errors import (
    Forbidden,
    HubError,
    InvalidInput,
    StoreUnavailable,
)
from domain.event import EventRecord
from domain.hub import Outcome
from domain.identity import EventId
from domain.ports.journal import CommandReceipt
from domain.ports.vault import ContentTampered, VaultUnavailable
from domain.provenance import Provenance
from infrastructure.telemetry.tracing import span
from infrastructure.unique_ids import new_id

VISIBLE_WITHIN_S: Final = 2.0
"""How long an answer waits for the lists to show what the command did."""

IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 200
_TOP_LEVEL: Final = (Forbidden, StoreUnavailable, VaultUnavailable, ContentTampered)


@strawberry.interface(description="The answer to a command.")
class CommandPayload:
    """What all answers have."""

    client_mutation_id: str | None = strawberry.field(
        description="What the client sent with the command."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty if the command was carried out."
    )
    is_pending: bool = strawberry.field(
        description="True where the command was carried out but lists may not show it yet."
    )
    stream_position: Cursor | None = strawberry.field(
        description="A position that includes the command; null if it was refused."
    )


class Cause(NamedTuple):
    """What a command is because of: the newest event of the story it belongs to."""

    correlation_id: UUID
    event_id: EventId | None = None
    traceparent: str | None = None


class Intention(NamedTuple):
    """A command and what it is because of."""

    command: Command
    cause: Cause


Intend = Callable[[RequestContext, bool], Intention]
"""Makes the command in a thread. The flag says that it is not a repetition: rules that may have
changed since the first time are looked at then only."""


Names = Mapping[tuple[str, ...], str]
"""What the input calls the fields of the command."""


class Given(NamedTuple):
    """What a client sends with every command. `body` is what must be the same for the same key."""

    name: str
    idempotency_key: str
    client_mutation_id: str | None
    body: dict[str, Any]


class Done(NamedTuple):
    """What became of a command. Without `outcome` it was refused."""

    outcome: Outcome | None
    common: dict[str, Any]


def cause_of(records: list[EventRecord]) -> Cause:
    """Return the newest event of a stream as a cause; a new story where there is none."""
    if not records:
        return Cause(new_id())
    newest = records[-1]
    return Cause(newest.correlation_id, newest.event_id, newest.traceparent)


async def carry_out(
    info: Info,
    given: Given,
    intend: Intend,
    names: Names,
) -> Done:
    """Carry out what `intend` returns, and wait until lists show it.

    Refusals of `intend` and of the command become user errors. Raises Forbidden, StoreUnavailable
    and VaultUnavailable, which are not about the command.
    """
    context = info.context
    try:
        check_key(given.idempotency_key)
        outcome = await context.services.read_models.run(_handle, context, given, intend)
    except _TOP_LEVEL:
        raise
    except HubError as refusal:
        return Done(None, _payload(given, [user_error(refusal, names)], None, is_pending=False))
    seq = await _newest_seq(context, outcome)
    is_visible = await context.services.horizon.reached(
        context.tenant_id, seq, timeout_s=VISIBLE_WITHIN_S
    )
    position = position_cursor(context.tenant_id, seq)
    return Done(outcome, _payload(given, [], position, is_pending=not is_visible))


def check_key(idempotency_key: str) -> None:
    """Raise InvalidInput for an idempotency key that cannot be kept."""
    if not 0 < len(idempotency_key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX or "\0" in idempotency_key:
        raise InvalidInput(
            f"An idempotency key has 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} characters.",
            field=("input", "idempotencyKey"),
        )


def _handle(context: RequestContext, given: Given, intend: Intend) -> Outcome:
    principal, services = context.member, context.services
    receipt = _receipt(context, given)
    is_new = services.journal.receipt(principal.tenant_id, receipt.key) is None
    command, cause = intend(context, is_new)
    with span(given.name, cause.traceparent) as traceparent:
        return services.hub.handle(
            command,
            Provenance(
                tenant_id=principal.tenant_id,
                actor=principal.actor,
                correlation_id=cause.correlation_id,
                causation_id=cause.event_id,
                traceparent=traceparent,
            ),
            principal.scopes,
            receipt=receipt,
        )


def _receipt(context: RequestContext, given: Given) -> CommandReceipt:
    body = msgspec.json.encode([given.name, given.body], order="deterministic")
    return CommandReceipt(
        key=f"{context.member.member_id}:{given.idempotency_key}",
        body_digest=context.services.vault.digest(context.tenant_id, "command", body),
        result=b"",
    )


async def _newest_seq(context: RequestContext, outcome: Outcome) -> int:
    """The position to wait for: of the events just stored, else of all there is."""
    stored = [record.tenant_seq for record in outcome.records if record.tenant_seq is not None]
    if stored:
        return max(stored)
    _, head = await context.read(positions)
    return head


def _payload(
    given: Given, errors: list[UserError], position: Cursor | None, *, is_pending: bool
) -> dict[str, Any]:
    return {
        "client_mutation_id": given.client_mutation_id,
        "user_errors": errors,
        "is_pending": is_pending,
        "stream_position": position,
    }
