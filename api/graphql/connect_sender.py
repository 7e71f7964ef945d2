"""Connecting WhatsApp numbers: what Meta says decides, and every step is told."""

from typing import Any, Final
from uuid import UUID

import strawberry

from api.graphql.commands import (
    Cause,
    CommandPayload,
    Given,
    Intention,
    Names,
    carry_out,
    check_key,
)
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.sender_check import SenderCheck, sender_check
from api.graphql.sender_number import SenderNumber, sender_number
from api.graphql.user_errors import Refusal, UserErrorCode, user_error
from domain.errors import HubError, VersionConflict
from domain.identity import SenderNumberId, TenantId
from domain.sender_number import AddSenderNumber
from domain.sender_number import SenderNumber as SenderNumberAggregate
from infrastructure.diagnosis.finding import Finding
from infrastructure.firm_setup import (
    DEFAULT_APP,
    SenderSecrets,
    check_secrets,
    number_of_another_firm,
    sender_number_id_of,
)
from infrastructure.sender_checks.senders import NewNumber, is_blocked
from infrastructure.unique_ids import new_id
from projections.directory_queries import senders_by_id

_NAMES: Final[Names] = {
    ("waba_id",): "wabaId",
    ("phone_number_id",): "phoneNumberId",
    ("display_phone",): "displayPhone",
    ("app_secret",): "appSecret",
    ("verify_token",): "verifyToken",
    ("access_token",): "accessToken",
}


@strawberry.input(description="Connect a WhatsApp number to the firm.")
class AddSenderNumberInput:
    """What Meta's business manager shows of the number, and its secrets."""

    waba_id: str = strawberry.field(description="Id of the WhatsApp Business account.")
    phone_number_id: str = strawberry.field(description="Meta's id of the number.")
    display_phone: str = strawberry.field(description="The number itself, with + and country code.")
    app_secret: str = strawberry.field(description="Secret of the Meta app that signs webhooks.")
    verify_token: str = strawberry.field(description="The firm's own word for Meta's handshake.")
    access_token: str = strawberry.field(description="Token of a system user that may send.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    app: str = strawberry.field(
        default=DEFAULT_APP,
        description="Name of a Meta app of the firm's own; webhooks then come in under this name.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Of no use here: a new number has no version yet."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Ask Meta about a connected number, and subscribe what is missing.")
class VerifySenderNumberInput:
    """A number of the firm."""

    sender_number_id: strawberry.ID = strawberry.field(description="The number.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: asking again is always safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the number that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command that asks Meta about a number.")
class SenderCheckPayload(CommandPayload):
    """The number and what was found about it."""

    sender_number: SenderNumber | None = strawberry.field(
        description="The number; null if nothing was done."
    )
    steps: list[SenderCheck] = strawberry.field(
        description="What Meta was asked and answered, in order; at most 20."
    )


@strawberry.type(description="The answer to `addSenderNumber`.")
class AddSenderNumberPayload(SenderCheckPayload):
    """After the connecting."""


@strawberry.type(description="The answer to `verifySenderNumber`.")
class VerifySenderNumberPayload(SenderCheckPayload):
    """After the asking."""


async def add_sender_number(info: Info, given: AddSenderNumberInput) -> AddSenderNumberPayload:
    """Let Meta confirm token, number and account; then connect, and subscribe the app."""
    steps: list[Finding] = []
    secrets = SenderSecrets(given.app_secret, given.verify_token, given.access_token)
    number_id = sender_number_id_of(given.phone_number_id)
    new = NewNumber(
        waba_id=given.waba_id,
        phone_number_id=given.phone_number_id,
        display_phone=given.display_phone,
        app=given.app,
        secrets=secrets,
    )

    def intend(context: RequestContext, is_new: bool) -> Intention:
        senders = context.services.sender_checks
        if is_new:
            check_secrets(secrets)
            steps.extend(senders.look(new))
            if is_blocked(steps):
                raise Refusal(
                    UserErrorCode.REFUSED,
                    "Meta does not confirm that this token belongs to this number and account.",
                    hint="The steps say what is wrong and what to do about each.",
                )
        fingerprints = senders.fingerprints(number_id, new)
        command = AddSenderNumber(
            sender_number_id=number_id,
            waba_id=given.waba_id,
            phone_number_id=given.phone_number_id,
            display_phone=given.display_phone,
            app=given.app,
            app_fingerprints=(fingerprints.app_secret,),
            access_token_fingerprint=fingerprints.access_token,
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(new_id()))

    done = await carry_out(info, _given(given), intend, _NAMES)
    if done.outcome is None:
        errors = done.common["user_errors"]
        if any(error.code is UserErrorCode.TOO_MUCH_CONTENTION for error in errors):
            # Only another firm's stream is in the way without being seen.
            done.common["user_errors"] = [user_error(number_of_another_firm(), _NAMES)]
        return AddSenderNumberPayload(sender_number=None, steps=_shown(steps), **done.common)
    context = info.context

    def finish() -> list[Finding]:
        # Only now, so that secrets for a number of another firm are not kept.
        senders = context.services.sender_checks
        senders.keep_secrets(context.tenant_id, number_id, new)
        return senders.examine(
            context.tenant_id, _number(context, context.tenant_id, number_id), may_change=True
        )

    steps = await context.services.read_models.run(finish)
    return AddSenderNumberPayload(
        sender_number=await _row(info, number_id), steps=_shown(steps), **done.common
    )


def _given(given: AddSenderNumberInput) -> Given:
    body = {
        "wabaId": given.waba_id,
        "phoneNumberId": given.phone_number_id,
        "displayPhone": given.display_phone,
        "app": given.app,
        "secrets": [given.app_secret, given.verify_token, given.access_token],
    }
    return Given("addSenderNumber", given.idempotency_key, given.client_mutation_id, body)


async def verify_sender_number(
    info: Info, given: VerifySenderNumberInput
) -> VerifySenderNumberPayload:
    """Ask Meta about a connected number; nothing of the hub changes."""
    context = info.context
    common: dict[str, Any] = {
        "client_mutation_id": given.client_mutation_id,
        "user_errors": [],
        "is_pending": False,
        "stream_position": None,
    }

    def examine() -> tuple[UUID, list[Finding]]:
        check_key(given.idempotency_key)
        key = identifier_of(
            given.sender_number_id, "SenderNumber", field=("input", "senderNumberId")
        )
        number = _number(context, context.tenant_id, key)
        if given.expected_version not in {None, number.version}:
            raise VersionConflict(
                expected_version=given.expected_version or 0, current_version=number.version
            )
        senders = context.services.sender_checks
        return key, senders.examine(context.tenant_id, number, may_change=True)

    try:
        key, steps = await context.services.read_models.run(examine)
    except HubError as refusal:
        common["user_errors"] = [user_error(refusal, _NAMES)]
        return VerifySenderNumberPayload(sender_number=None, steps=[], **common)
    return VerifySenderNumberPayload(
        sender_number=await _row(info, key), steps=_shown(steps), **common
    )


def _number(context: RequestContext, tenant_id: TenantId, key: UUID) -> SenderNumberAggregate:
    """The number as its events have made it. Raises NotFound."""
    records = context.services.journal.load(tenant_id, key)
    number = SenderNumberAggregate.replay_records(SenderNumberId(key), records)
    number.must_exist()
    return number


async def _row(info: Info, key: UUID) -> SenderNumber | None:
    query = senders_by_id(info.context.tenant_id, [key])
    row = await info.context.read(lambda reading: reading.first(query))
    return None if row is None else sender_number(row)


def _shown(steps: list[Finding]) -> list[SenderCheck]:
    return [sender_check(step) for step in steps]
