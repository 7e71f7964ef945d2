"""A journal stores events whole or not at all and gives them back as they were."""

from uuid import uuid4

import pytest

from domain.contact import ContactIdentified
from domain.event import Erased
from domain.ports.journal import AppendOutcome, AppendRequest, CommandReceipt
from infrastructure.postgres.connections import HubConnection
from infrastructure.postgres.journal import TransactionJournal, WriterJournal
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase
from tests.store.builders import contact_identified, new_tenant, record, stream


@pytest.fixture
def database(shared_database: HubDatabase) -> HubDatabase:
    return shared_database


def test_what_was_appended_is_loaded_again(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    result = journal.append(stream(tenant_id, stream_id, 1, 2, 3))
    assert result.outcome is AppendOutcome.STORED
    assert [stored.tenant_seq for stored in result.records] == [1, 2, 3]
    assert journal.load(tenant_id, stream_id) == list(result.records)
    assert journal.load(tenant_id, stream_id, after_version=2) == list(result.records[2:])


def test_personal_content_comes_back_opened(journal: WriterJournal) -> None:
    tenant_id, contact_id = new_tenant(), uuid4()
    event = contact_identified(contact_id)
    journal.append([record(tenant_id, contact_id, 1, event)])
    (loaded,) = journal.load(tenant_id, contact_id)
    assert loaded.event == event


def test_content_of_an_erased_person_reads_as_erased(
    journal: WriterJournal, vault: PostgresVault
) -> None:
    tenant_id, contact_id = new_tenant(), uuid4()
    journal.append([record(tenant_id, contact_id, 1, contact_identified(contact_id))])
    assert len(vault.erase_subject(tenant_id, contact_id)) == 1
    (loaded,) = journal.load(tenant_id, contact_id)
    assert isinstance(loaded.event, ContactIdentified)
    assert loaded.event.content == Erased()


def test_a_stream_that_moved_on_is_a_conflict(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    journal.append(stream(tenant_id, stream_id, 1, 2))
    result = journal.append(stream(tenant_id, stream_id, 2, 3))
    assert result.outcome is AppendOutcome.CONFLICT
    assert [stored.stream_version for stored in journal.load(tenant_id, stream_id)] == [1, 2]


def test_a_gap_in_a_stream_is_a_conflict(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    assert journal.append(stream(tenant_id, stream_id, 2)).outcome is AppendOutcome.CONFLICT
    assert journal.load(tenant_id, stream_id) == []


def test_a_stream_of_another_firm_can_be_neither_read_nor_continued(
    journal: WriterJournal,
) -> None:
    owner, stranger, stream_id = new_tenant(), new_tenant(), uuid4()
    journal.append(stream(owner, stream_id, 1))
    assert journal.load(stranger, stream_id) == []
    assert journal.append(stream(stranger, stream_id, 2)).outcome is AppendOutcome.CONFLICT


def test_a_known_fact_is_a_duplicate_where_that_is_allowed(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    journal.append(stream(tenant_id, stream_id, 1))
    again = stream(tenant_id, stream_id, 1)
    assert journal.append(again).outcome is AppendOutcome.CONFLICT
    lenient = journal.append(again, duplicate_is_success=True)
    assert lenient.outcome is AppendOutcome.DUPLICATE


def test_repeating_the_same_events_finds_them_stored(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    records = stream(tenant_id, stream_id, 1, 2)
    first = journal.append(records)
    assert journal.append(records) == first


def test_a_command_is_carried_out_once_per_idempotency_key(journal: WriterJournal) -> None:
    tenant_id, stream_id = new_tenant(), uuid4()
    receipt = CommandReceipt(key="k", body_digest="d", result=b"told")
    journal.append(stream(tenant_id, stream_id, 1), receipt=receipt)
    assert journal.receipt(tenant_id, "k") == receipt
    assert journal.receipt(new_tenant(), "k") is None

    same = CommandReceipt(key="k", body_digest="d", result=b"other words")
    repeated = journal.append(stream(tenant_id, stream_id, 2), receipt=same)
    assert repeated.outcome is AppendOutcome.REPEATED
    assert repeated.receipt == receipt

    other = CommandReceipt(key="k", body_digest="e", result=b"")
    refused = journal.append(stream(tenant_id, stream_id, 2), receipt=other)
    assert refused.outcome is AppendOutcome.RECEIPT_CONFLICT
    assert len(journal.load(tenant_id, stream_id)) == 1


def test_a_follower_appends_in_its_own_transaction(
    follower: HubConnection, vault: PostgresVault, journal: WriterJournal
) -> None:
    tenant_id, kept, dropped = new_tenant(), uuid4(), uuid4()
    inside = TransactionJournal(follower, vault)
    results = inside.append_many(
        [
            AppendRequest(records=tuple(stream(tenant_id, kept, 1))),
            AppendRequest(records=()),
            AppendRequest(records=tuple(stream(tenant_id, kept, 2))),
            AppendRequest(records=tuple(stream(tenant_id, kept, 2))),
        ]
    )
    assert [result.outcome.value for result in results] == [
        "stored",
        "stored",
        "stored",
        "conflict",
    ]
    assert len(inside.load(tenant_id, kept)) == 2
    assert journal.load(tenant_id, kept) == []
    follower.commit()
    assert len(journal.load(tenant_id, kept)) == 2

    inside.append(stream(tenant_id, dropped, 1))
    follower.rollback()
    assert inside.load(tenant_id, dropped) == []
