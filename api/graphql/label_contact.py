"""Putting the firm's labels on contacts and taking them off."""

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
from api.graphql.contact import Contact
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.wanted import wanted_below
from domain.contact_label_commands import LabelContact, UnlabelContact
from domain.contact_labels import LABELS_MAX
from domain.identity import ContactId

_CONTACT_ID = ("input", "contactId")
_NAMES: Names = {("labels", str(place)): "labels" for place in range(LABELS_MAX)}


@strawberry.input(description="Put labels on a contact.")
class LabelContactInput:
    """The labels that it gets."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    labels: list[str] = strawberry.field(
        description="Small letters, digits and hyphens, such as klien-aktif. Without personal "
        "content: labels are kept readable for ever."
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


@strawberry.input(description="Take labels off a contact.")
class UnlabelContactInput:
    """The labels that it loses."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    labels: list[str] = strawberry.field(description="The labels; those it has not are ignored.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the contact that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command on the labels of a contact.")
class LabelsPayload(CommandPayload):
    """The contact after the command."""

    contact: Contact | None = strawberry.field(description="The contact; null if nothing was done.")


@strawberry.type(description="The answer to `labelContact`.")
class LabelContactPayload(LabelsPayload):
    """After the labelling."""


@strawberry.type(description="The answer to `unlabelContact`.")
class UnlabelContactPayload(LabelsPayload):
    """After the labels were taken off."""


async def label_contact(info: Info, given: LabelContactInput) -> LabelContactPayload:
    """Put labels on a contact."""
    done = await carry_out(
        info, _given("labelContact", given), _intend(given, LabelContact), _NAMES
    )
    return LabelContactPayload(contact=await _shown(info, done), **done.common)


async def unlabel_contact(info: Info, given: UnlabelContactInput) -> UnlabelContactPayload:
    """Take labels off a contact."""
    done = await carry_out(
        info, _given("unlabelContact", given), _intend(given, UnlabelContact), _NAMES
    )
    return UnlabelContactPayload(contact=await _shown(info, done), **done.common)


_AnyInput = LabelContactInput | UnlabelContactInput


def _intend(given: _AnyInput, command: type[LabelContact] | type[UnlabelContact]) -> Intend:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key: UUID = identifier_of(given.contact_id, "Contact", field=_CONTACT_ID)
        newest = cause_of(context.services.journal.load(context.tenant_id, key))
        wanted = command(
            contact_id=ContactId(key),
            labels=tuple(given.labels),
            expected_version=given.expected_version,
        )
        return Intention(wanted, Cause(newest.correlation_id))

    return intend


def _given(name: str, given: _AnyInput) -> Given:
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "contactId": given.contact_id,
            "labels": given.labels,
            "expectedVersion": given.expected_version,
        },
    )


async def _shown(info: Info, done: Done) -> Contact | None:
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    wanted = wanted_below(info).below("contact")
    found = await info.context.read(lambda reading: load(reading, "Contact", [key], wanted))
    return found.get(key)
