"""Deciding whether two contacts are one person: merge, separate, keep apart."""

from uuid import UUID

import strawberry

from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intention,
    carry_out,
    cause_of,
)
from api.graphql.contact import Contact
from api.graphql.contact_duplicate import ContactDuplicate, contact_duplicates_by_id
from api.graphql.contact_wishes import shown_contact
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from domain.contact import Contact as ContactAggregate
from domain.contact_duplicate import KeepContactsApart
from domain.contact_link_commands import MergeContacts, SeparateContacts
from domain.errors import NotFound
from domain.identity import ContactId, StreamId

_FIELD = ("input", "duplicateId")


@strawberry.input(description="Let a contact go on in another one: they are one person.")
class MergeContactsInput:
    """Which two."""

    contact_id: strawberry.ID = strawberry.field(description="The contact that goes on.")
    absorbed_contact_id: strawberry.ID = strawberry.field(
        description="The contact that goes on in the other one; its events stay its own."
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


@strawberry.input(description="Undo a merge: the two are different people.")
class SeparateContactsInput:
    """Which two."""

    contact_id: strawberry.ID = strawberry.field(description="The contact that went on.")
    from_contact_id: strawberry.ID = strawberry.field(
        description="The contact that was merged into it and is its own again."
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


@strawberry.input(description="Decide that two contacts are two people.")
class KeepContactsApartInput:
    """Which question."""

    duplicate_id: strawberry.ID = strawberry.field(description="The question about them.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the question that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `mergeContacts`.")
class MergeContactsPayload(CommandPayload):
    """After the merge."""

    contact: Contact | None = strawberry.field(
        description="The contact that goes on; null if nothing was done."
    )


@strawberry.type(description="The answer to `separateContacts`.")
class SeparateContactsPayload(CommandPayload):
    """After the separation."""

    contact: Contact | None = strawberry.field(
        description="The contact that went on; null if nothing was done."
    )


@strawberry.type(description="The answer to `keepContactsApart`.")
class KeepContactsApartPayload(CommandPayload):
    """After the decision."""

    duplicate: ContactDuplicate | None = strawberry.field(
        description="The question; null if nothing was done."
    )


async def merge_contacts(info: Info, given: MergeContactsInput) -> MergeContactsPayload:
    """Let a contact go on in another one."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key = _contact_key(given.contact_id, "contactId")
        other = _contact_key(given.absorbed_contact_id, "absorbedContactId")
        absorbed = _known_contact(context, other)
        if absorbed.merged_into not in {None, key}:
            raise NotFound("The other contact goes on in a third one.")
        command = MergeContacts(
            contact_id=ContactId(key),
            absorbed_contact_id=ContactId(other),
            other_blocks=tuple(sorted(absorbed.standing.blocks)),
            other_consents=tuple(sorted(absorbed.consents)),
            expected_version=given.expected_version,
        )
        return Intention(command, _story(context, key))

    done = await carry_out(info, _given_pair("mergeContacts", given), intend, {})
    return MergeContactsPayload(contact=await shown_contact(info, done), **done.common)


async def separate_contacts(info: Info, given: SeparateContactsInput) -> SeparateContactsPayload:
    """Undo a merge."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key = _contact_key(given.contact_id, "contactId")
        other = _contact_key(given.from_contact_id, "fromContactId")
        _known_contact(context, other)
        command = SeparateContacts(
            contact_id=ContactId(key),
            from_contact_id=ContactId(other),
            expected_version=given.expected_version,
        )
        return Intention(command, _story(context, key))

    done = await carry_out(info, _given_pair("separateContacts", given), intend, {})
    return SeparateContactsPayload(contact=await shown_contact(info, done), **done.common)


async def keep_contacts_apart(
    info: Info, given: KeepContactsApartInput
) -> KeepContactsApartPayload:
    """Decide that two contacts are two people."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key = identifier_of(given.duplicate_id, "ContactDuplicate", field=_FIELD)
        command = KeepContactsApart(
            duplicate_id=StreamId(key), expected_version=given.expected_version
        )
        return Intention(command, _story(context, key))

    key = Given(
        name="keepContactsApart",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "duplicateId": given.duplicate_id,
            "expectedVersion": given.expected_version,
        },
    )
    done = await carry_out(info, key, intend, {})
    return KeepContactsApartPayload(duplicate=await _shown(info, done), **done.common)


def _contact_key(given: str, name: str) -> UUID:
    return identifier_of(given, "Contact", field=("input", name))


def _known_contact(context: RequestContext, key: UUID) -> ContactAggregate:
    records = context.services.journal.load(context.tenant_id, key)
    if not records or not isinstance(records[0].event, ContactAggregate.EVENTS):
        raise NotFound("There is no contact with this id.")
    contact = ContactAggregate.replay_records(key, records)
    contact.must_be_known()
    return contact


def _story(context: RequestContext, key: UUID) -> Cause:
    # A member's own decision continues the story and is caused by nothing but the member.
    return Cause(cause_of(context.services.journal.load(context.tenant_id, key)).correlation_id)


def _given_pair(name: str, given: MergeContactsInput | SeparateContactsInput) -> Given:
    other = (
        given.absorbed_contact_id
        if isinstance(given, MergeContactsInput)
        else given.from_contact_id
    )
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "contactId": given.contact_id,
            "otherContactId": other,
            "expectedVersion": given.expected_version,
        },
    )


async def _shown(info: Info, done: Done) -> ContactDuplicate | None:
    if done.outcome is None:
        return None
    key = done.outcome.aggregate.id
    found = await info.context.read(lambda reading: contact_duplicates_by_id(reading, [key]))
    duplicate: ContactDuplicate | None = found.get(key)
    return duplicate
