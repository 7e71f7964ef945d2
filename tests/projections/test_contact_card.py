"""The contact card: who somebody is, what was agreed, whether it may be written to."""

from typing import Any

from domain.contact import (
    ConsentGranted,
    ConsentPurpose,
    ConsentRefused,
    ConsentWithdrawn,
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    OptedIn,
    OptedOut,
)
from domain.contact_labels import ContactLabelled, ContactUnlabelled
from projections.contact_card import ContactCard, ContactCardRow, consents_of, labels_of
from tests.projections.happened import Happened, fold, named, shows

CONTACT: dict[str, Any] = {"contact_id": named("contact")}
BOTH = (ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE)


def row(happened: Happened) -> ContactCardRow:
    (found,) = fold(ContactCard(), happened.records)
    assert isinstance(found, ContactCardRow)
    return found


def test_the_card_shows_the_newest_details() -> None:
    happened = Happened()
    identified = happened.sample(ContactIdentified, **CONTACT)
    changed = happened.sample(ContactDetailsChanged, **CONTACT)
    found = row(happened)
    assert shows(found.details_sealed, changed)
    assert (found.first_seen_at, found.version) == (identified.occurred_at, 2)


def test_each_purpose_of_consent_has_its_own_state() -> None:
    happened = Happened()
    happened.sample(ContactIdentified, **CONTACT)
    granted = happened.sample(ConsentGranted, purposes=BOTH, language="id", **CONTACT)
    happened.sample(ConsentWithdrawn, purposes=(ConsentPurpose.ASSISTANCE,), **CONTACT)
    found = row(happened)
    states = {entry.purpose: (entry.state, entry.language) for entry in consents_of(found)}
    assert states == {"intake": ("granted", "id"), "assistance": ("withdrawn", None)}
    assert shows(found.consent_sealed, granted)


def test_a_refusal_is_kept() -> None:
    happened = Happened()
    happened.sample(ConsentRefused, purposes=BOTH, **CONTACT)
    assert {entry.state for entry in consents_of(row(happened))} == {"refused"}


def test_an_opt_out_holds_until_the_contact_opts_in() -> None:
    happened = Happened()
    out = happened.sample(OptedOut, **CONTACT)
    assert (row(happened).opted_out, row(happened).opted_out_at) == (True, out.occurred_at)
    happened.sample(OptedIn, **CONTACT)
    assert (row(happened).opted_out, row(happened).opted_out_at) == (False, None)


def test_an_erased_contact_keeps_no_ciphertext() -> None:
    happened = Happened()
    happened.sample(ContactIdentified, **CONTACT)
    happened.sample(ConsentGranted, purposes=BOTH, **CONTACT)
    erased = happened.sample(ContactErased, **CONTACT)
    found = row(happened)
    assert (found.details_sealed, found.consent_sealed) == (None, None)
    assert found.erased_at == erased.occurred_at


def test_the_card_shows_the_labels_that_the_contact_has_now() -> None:
    happened = Happened()
    happened.sample(ContactIdentified, **CONTACT)
    happened.sample(ContactLabelled, labels=("pajak", "klien-aktif"), **CONTACT)
    assert labels_of(row(happened)) == ["klien-aktif", "pajak"]
    happened.sample(ContactUnlabelled, labels=("pajak",), **CONTACT)
    assert labels_of(row(happened)) == ["klien-aktif"]
