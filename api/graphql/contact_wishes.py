"""What a contact said outside the chat, kept by a member: consent taken back, no more messages."""

from typing import Any
from uuid import UUID

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.contact import Contact
from api.graphql.context import Info, RequestContext
from api.graphql.enums import ConsentPurpose, value_of
from api.graphql.ids import identifier_of
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.contact import ConsentPurpose as DomainPurpose
from domain.contact_commands import OptOut, WithdrawConsent
from domain.identity import ContactId

_CONTACT_ID = ("input", "contactId")
_NAMES: Names = {("reason",): "reason", ("purposes",): "purposes"}


@strawberry.input(description="Keep that a contact took its consent back.")
class WithdrawConsentInput:
    """For what, and how it was heard."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    purposes: list[ConsentPurpose] = strawberry.field(description="What it agrees to no more.")
    reason: str = strawberry.field(
        description="How the member heard of it, without personal content: it is kept readable "
        "for ever."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the contact that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Keep that a contact wants no more messages.")
class OptOutContactInput:
    """How it was heard."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    reason: str = strawberry.field(
        description="How the member heard of it, without personal content: it is kept readable "
        "for ever."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the contact that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command on what a contact wants.")
class WishPayload(CommandPayload):
    """The contact after the command."""

    contact: Contact | None = strawberry.field(description="The contact; null if nothing was done.")


@strawberry.type(description="The answer to `withdrawConsent`.")
class WithdrawConsentPayload(WishPayload):
    """After the withdrawal."""


@strawberry.type(description="The answer to `optOutContact`.")
class OptOutContactPayload(WishPayload):
    """After the opt-out."""


_AnyInput = WithdrawConsentInput | OptOutContactInput


async def withdraw_consent(info: Info, given: WithdrawConsentInput) -> WithdrawConsentPayload:
    """Keep that a contact took its consent back."""
    purposes = tuple(DomainPurpose(value_of(purpose)) for purpose in given.purposes)

    def command(contact_id: ContactId) -> Command:
        return WithdrawConsent(
            contact_id=contact_id,
            purposes=purposes,
            reason=given.reason,
            expected_version=given.expected_version,
        )

    key = _given("withdrawConsent", given, purposes=sorted(purposes))
    done = await carry_out(info, key, _intend(given, command), _NAMES)
    return WithdrawConsentPayload(contact=await shown_contact(info, done), **done.common)


async def opt_out_contact(info: Info, given: OptOutContactInput) -> OptOutContactPayload:
    """Keep that a contact wants no more messages."""

    def command(contact_id: ContactId) -> Command:
        return OptOut(
            contact_id=contact_id, reason=given.reason, expected_version=given.expected_version
        )

    done = await carry_out(info, _given("optOutContact", given), _intend(given, command), _NAMES)
    return OptOutContactPayload(contact=await shown_contact(info, done), **done.common)


def _intend(given: _AnyInput, command: Any) -> Any:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key: UUID = identifier_of(given.contact_id, "Contact", field=_CONTACT_ID)
        newest = cause_of(context.services.journal.load(context.tenant_id, key))
        # A member's own decision continues the story and is caused by nothing but the member.
        return Intention(command(ContactId(key)), Cause(newest.correlation_id))

    return intend


def _given(name: str, given: _AnyInput, **body: Any) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "contactId": given.contact_id,
            "reason": given.reason,
            "expectedVersion": given.expected_version,
            **body,
        },
    )


async def shown_contact(info: Info, done: Done) -> Contact | None:
    """Return the contact of a command as it stands after it; None if the command was refused."""
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    wanted = wanted_below(info).below("contact")
    found = await info.context.read(lambda reading: load(reading, "Contact", [key], wanted))
    return found.get(key)
