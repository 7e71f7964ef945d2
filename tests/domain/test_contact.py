"""A contact: who it is, what it agreed to, and whether it wants to be written to."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentRefused,
    ConsentText,
    ConsentWithdrawn,
    Contact,
    ContactDetails,
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    ContactIdentity,
    ContactIsErased,
    IdentityKind,
    OptedIn,
    OptedOut,
)
from domain.contact_commands import (
    ChangeContactDetails,
    GrantConsent,
    IdentifyContact,
    OptIn,
    OptOut,
    RefuseConsent,
    WithdrawConsent,
)
from domain.errors import AlreadyExists, InvalidInput, NotFound
from domain.event import Erased, Event
from domain.identity import ContactId, ConversationId, MessageId
from tests.domain.given import given

ID = ContactId(UUID(int=1))
MESSAGE = MessageId(UUID(int=2))
CONVERSATION = ConversationId(UUID(int=3))
PHONE = ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890")
BSUID = ContactIdentity(kind=IdentityKind.BSUID, value="ID.1234")
DETAILS = ContactDetails(identities=(PHONE,), profile_name="Siti")
IDENTIFIED = ContactIdentified(contact_id=ID, content=DETAILS)
ERASED = ContactErased(contact_id=ID)
BOTH = (ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE)
GRANTED = ConsentGranted(
    contact_id=ID,
    purposes=BOTH,
    flow_version=1,
    language="id",
    message_id=MESSAGE,
    content=ConsentText(question="Apakah Anda setuju?", answer="Setuju"),
)
OPTED_OUT = OptedOut(contact_id=ID, message_id=MESSAGE, conversation_id=CONVERSATION)


def grant(**changes: Any) -> GrantConsent:
    facts: dict[str, Any] = {
        "contact_id": ID,
        "purposes": BOTH,
        "flow_version": 1,
        "language": "id",
        "message_id": MESSAGE,
        "question": "Apakah Anda setuju?",
        "answer": "Setuju",
    }
    return GrantConsent(**(facts | changes))


def contact(*past: Event) -> Contact:
    return Contact.replay(ID, past)


def test_a_person_becomes_a_contact_once() -> None:
    command = IdentifyContact(contact_id=ID, details=DETAILS)
    given(Contact).when(command).then(IDENTIFIED)
    given(Contact, IDENTIFIED).when(command).then_refused(AlreadyExists)
    assert contact(IDENTIFIED).details == DETAILS


@pytest.mark.parametrize(
    "value", ["6281234567890", "+62 812", "+1234", "+" + "1" * 16, "+६२८१२३४५६७८", ""]
)
def test_a_phone_is_kept_in_one_form_only(value: str) -> None:
    identity = ContactIdentity(kind=IdentityKind.PHONE, value=value)
    command = IdentifyContact(contact_id=ID, details=ContactDetails(identities=(identity,)))
    given(Contact).when(command).then_refused(
        InvalidInput, field=("details", "identities", "0", "value")
    )


@pytest.mark.parametrize("identities", [(), (PHONE,) * 21])
def test_a_contact_has_some_identities_but_not_any_number(
    identities: tuple[ContactIdentity, ...],
) -> None:
    command = IdentifyContact(contact_id=ID, details=ContactDetails(identities=identities))
    given(Contact).when(command).then_refused(InvalidInput, field=("details", "identities"))


def test_new_details_replace_the_old_ones_and_the_same_change_nothing() -> None:
    more = ContactDetails(identities=(PHONE, BSUID), profile_name="Siti R.", username="siti")
    command = ChangeContactDetails(contact_id=ID, details=more)
    changed = ContactDetailsChanged(contact_id=ID, content=more)
    given(Contact, IDENTIFIED).when(command).then(changed)
    given(Contact, IDENTIFIED, changed).when(command).then_nothing()
    given(Contact).when(command).then_refused(NotFound)


def test_a_consent_is_kept_with_its_proof() -> None:
    given(Contact, IDENTIFIED).when(grant()).then(GRANTED)
    agreed = contact(IDENTIFIED, GRANTED)
    assert all(agreed.has_consented(purpose) for purpose in BOTH)
    given(Contact, IDENTIFIED, GRANTED).when(grant()).then_nothing()


def test_another_proof_of_the_same_consent_is_kept_as_well() -> None:
    command = grant(message_id=MessageId(UUID(int=9)))
    given(Contact, IDENTIFIED, GRANTED).when(command).then_kinds(ConsentGranted)


@pytest.mark.parametrize("purposes", [(), (ConsentPurpose.INTAKE, ConsentPurpose.INTAKE)])
@pytest.mark.parametrize("kind", [GrantConsent, RefuseConsent, WithdrawConsent])
def test_a_consent_names_each_purpose_once(kind: type[Any], purposes: tuple[Any, ...]) -> None:
    facts = {"contact_id": ID, "purposes": purposes, "message_id": MESSAGE}
    command = grant(purposes=purposes) if kind is GrantConsent else kind(**facts)
    given(Contact, IDENTIFIED).when(command).then_refused(InvalidInput, field=("purposes",))


def test_a_refusal_is_kept() -> None:
    command = RefuseConsent(contact_id=ID, purposes=BOTH, message_id=MESSAGE)
    refused = ConsentRefused(contact_id=ID, purposes=BOTH, message_id=MESSAGE)
    given(Contact, IDENTIFIED).when(command).then(refused)
    assert not contact(IDENTIFIED, GRANTED, refused).has_consented(ConsentPurpose.INTAKE)


def test_one_purpose_is_taken_back_and_the_other_stays() -> None:
    command = WithdrawConsent(contact_id=ID, purposes=(ConsentPurpose.ASSISTANCE,))
    withdrawn = ConsentWithdrawn(contact_id=ID, purposes=(ConsentPurpose.ASSISTANCE,))
    given(Contact, IDENTIFIED, GRANTED).when(command).then(withdrawn)
    after = contact(IDENTIFIED, GRANTED, withdrawn)
    assert after.has_consented(ConsentPurpose.INTAKE)
    assert not after.has_consented(ConsentPurpose.ASSISTANCE)


def test_only_what_was_agreed_is_taken_back() -> None:
    command = WithdrawConsent(contact_id=ID, purposes=BOTH)
    given(Contact, IDENTIFIED).when(command).then_nothing()
    only_intake = msgspec.structs.replace(GRANTED, purposes=(ConsentPurpose.INTAKE,))
    (event,) = given(Contact, IDENTIFIED, only_intake).when(command).then_kinds(ConsentWithdrawn)
    assert event.purposes == (ConsentPurpose.INTAKE,)


def test_a_contact_opts_out_and_in_again() -> None:
    out = OptOut(contact_id=ID, message_id=MESSAGE, conversation_id=CONVERSATION)
    back = OptIn(contact_id=ID, message_id=MESSAGE)
    opted_in = OptedIn(contact_id=ID, message_id=MESSAGE)
    given(Contact, IDENTIFIED).when(out).then(OPTED_OUT)
    given(Contact, IDENTIFIED, OPTED_OUT).when(out).then_nothing()
    given(Contact, IDENTIFIED, OPTED_OUT).when(back).then(opted_in)
    given(Contact, IDENTIFIED).when(back).then_nothing()
    assert contact(IDENTIFIED, OPTED_OUT).has_opted_out
    assert not contact(IDENTIFIED, OPTED_OUT, opted_in).has_opted_out


@pytest.mark.parametrize(
    "command",
    [
        ChangeContactDetails(contact_id=ID, details=DETAILS),
        grant(),
        RefuseConsent(contact_id=ID, purposes=BOTH, message_id=MESSAGE),
        WithdrawConsent(contact_id=ID, purposes=BOTH),
        OptOut(contact_id=ID),
        OptIn(contact_id=ID),
    ],
)
def test_an_erased_contact_changes_no_more(command: Any) -> None:
    given(Contact, IDENTIFIED, GRANTED, ERASED).when(command).then_refused(ContactIsErased)


def test_an_erased_contact_has_neither_details_nor_consents() -> None:
    erased = contact(IDENTIFIED, GRANTED, ERASED)
    assert erased.details is None
    assert not erased.has_consented(ConsentPurpose.INTAKE)


def test_details_whose_key_is_gone_read_as_unknown() -> None:
    assert contact(ContactIdentified(contact_id=ID, content=Erased())).details is None
