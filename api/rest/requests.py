"""A command that came over REST: carried out once per key, and answered the same ever after."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from api.authentication import Principal
from api.graphql.commands import IDEMPOTENCY_KEY_CHARACTERS_MAX
from api.graphql.context import Services
from domain.aggregate import Command
from domain.errors import IdempotencyConflict, InvalidInput
from domain.hub import Outcome
from domain.identity import TenantId
from domain.ports.journal import CommandReceipt
from domain.provenance import Provenance
from infrastructure.telemetry.tracing import span
from infrastructure.unique_ids import new_id


class RestRequest(NamedTuple):
    """What comes with every command: its name, its key, and what must be the same for the key."""

    name: str
    idempotency_key: str
    given: msgspec.Struct


class Answered(NamedTuple):
    """The answer as JSON; `seq` is the position to wait for, None where nothing new was stored."""

    body: bytes
    seq: int | None = None

    @property
    def is_repeated(self) -> bool:
        """Whether the answer is that of an earlier request with the same key."""
        return self.seq is None


def carried_out(
    services: Services,
    principal: Principal,
    request: RestRequest,
    intend: Callable[[], tuple[Command, Any]],
) -> Answered:
    """Carry out what `intend` returns and answer with its second part as JSON.

    Raises IdempotencyConflict for a key that came with another body before, InvalidInput for a key
    that cannot be kept, and the errors of `intend` and of the command.
    """
    key, digest = _key(principal, request), _digest(services, principal.tenant_id, request)
    known = services.journal.receipt(principal.tenant_id, key)
    if known is not None:
        # What was true the first time need not be true any more: it is not looked at again.
        if known.body_digest != digest:
            raise IdempotencyConflict("This idempotency key was used for another request.")
        return Answered(known.result)
    command, answer = intend()
    receipt = CommandReceipt(key=key, body_digest=digest, result=msgspec.json.encode(answer))
    with span(request.name) as traceparent:
        outcome: Outcome = services.hub.handle(
            command,
            Provenance(
                tenant_id=principal.tenant_id,
                actor=principal.actor,
                correlation_id=new_id(),
                traceparent=traceparent,
            ),
            principal.scopes,
            receipt=receipt,
        )
    if outcome.repeated and outcome.receipt is not None:
        # Two requests with this key came at the same time, and the other one was first.
        return Answered(outcome.receipt.result)
    seqs = [record.tenant_seq for record in outcome.records if record.tenant_seq is not None]
    return Answered(receipt.result, max(seqs, default=None))


def _key(principal: Principal, request: RestRequest) -> str:
    key = request.idempotency_key
    if not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX or not key.isprintable():
        raise InvalidInput(
            f"An idempotency key has 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible characters."
        )
    return f"{principal.member_id}:{key}"


def _digest(services: Services, tenant_id: TenantId, request: RestRequest) -> str:
    body = msgspec.json.encode([request.name, request.given], order="deterministic")
    return services.vault.digest(tenant_id, "command", body)
