"""Labels: the firm's own codes on a contact."""

from uuid import UUID

import pytest

from domain.contact import (
    Contact,
    ContactDetails,
    ContactErased,
    ContactIdentified,
    ContactIdentity,
    ContactIsErased,
    IdentityKind,
)
from domain.contact_label_commands import LabelContact, UnlabelContact
from domain.contact_labels import LABELS_MAX, ContactLabelled, ContactUnlabelled
from domain.errors import InvalidInput, NotFound
from domain.identity import ContactId
from tests.domain.given import given

ID = ContactId(UUID(int=1))
IDENTIFIED = ContactIdentified(
    contact_id=ID,
    content=ContactDetails(
        identities=(ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890"),)
    ),
)
LABELLED = ContactLabelled(contact_id=ID, labels=("klien-aktif",))


def label(*labels: str) -> LabelContact:
    return LabelContact(contact_id=ID, labels=labels)


def unlabel(*labels: str) -> UnlabelContact:
    return UnlabelContact(contact_id=ID, labels=labels)


def test_only_labels_that_the_contact_does_not_have_are_put_on_it() -> None:
    given(Contact, IDENTIFIED).when(label("klien-aktif")).then(LABELLED)
    given(Contact, IDENTIFIED, LABELLED).when(label("klien-aktif", "pajak")).then(
        ContactLabelled(contact_id=ID, labels=("pajak",))
    )
    given(Contact, IDENTIFIED, LABELLED).when(label("klien-aktif")).then_nothing()


def test_only_labels_that_the_contact_has_are_taken_off() -> None:
    given(Contact, IDENTIFIED, LABELLED).when(unlabel("klien-aktif", "pajak")).then(
        ContactUnlabelled(contact_id=ID, labels=("klien-aktif",))
    )
    given(Contact, IDENTIFIED).when(unlabel("klien-aktif")).then_nothing()


@pytest.mark.parametrize("wrong", ["", "Budi", "a b", "-a", "a-", "a--b", "x" * 41, "é"])
def test_a_label_that_is_no_code_is_refused_by_its_place(wrong: str) -> None:
    given(Contact, IDENTIFIED).when(label("ok", wrong)).then_refused(
        InvalidInput, field=("labels", "1")
    )


def test_labels_are_limited_and_named_once() -> None:
    many = tuple(f"label-{number}" for number in range(LABELS_MAX))
    full = ContactLabelled(contact_id=ID, labels=many)
    given(Contact, IDENTIFIED).when(label(*many, "one-more")).then_refused(InvalidInput)
    given(Contact, IDENTIFIED, full).when(label("one-more")).then_refused(InvalidInput)
    given(Contact, IDENTIFIED).when(label("twice", "twice")).then_refused(InvalidInput)
    given(Contact, IDENTIFIED).when(label()).then_refused(InvalidInput)


def test_an_unknown_or_erased_contact_takes_no_label() -> None:
    given(Contact).when(label("pajak")).then_refused(NotFound)
    erased = ContactErased(contact_id=ID)
    given(Contact, IDENTIFIED, erased).when(label("pajak")).then_refused(ContactIsErased)
