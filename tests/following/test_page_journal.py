"""The journal of a page: decided in memory, stored together, or not at all."""

from typing import Any

import msgspec
import pytest
from psycopg import Connection

from domain.event import EventRecord
from domain.ports.journal import AppendOutcome
from infrastructure.following.event_log import log_head
from infrastructure.following.page_journal import PageJournal
from infrastructure.following.retry import TryAgain
from infrastructure.postgres.journal import TransactionJournal
from infrastructure.vault.postgres_vault import PostgresVault
from projections.benchmarks.stories import Firm
from tests.event_store import FIRM, Store


@pytest.fixture
def journal(follow: Connection[Any], follow_vault: PostgresVault) -> PageJournal:
    return PageJournal(TransactionJournal(follow, follow_vault))


@pytest.fixture
def contact() -> list[EventRecord]:
    """Two events of one stream."""
    told = Firm(FIRM).consultation()
    return [record for record in told if record.stream_id == told[0].stream_id]


def test_what_was_appended_is_read_before_it_is_stored(
    journal: PageJournal, contact: list[EventRecord], follow: Connection[Any]
) -> None:
    first, second = contact
    assert journal.append([first]).outcome is AppendOutcome.STORED
    assert journal.append([second]).records == (second,)
    assert journal.load(FIRM, first.stream_id) == [first, second]
    assert journal.load(FIRM, first.stream_id, after_version=1) == [second]
    assert log_head(follow) == 0
    assert journal.flush() == 2
    assert journal.flush() == 0
    assert log_head(follow) == 2


def test_a_gap_or_a_taken_version_is_a_conflict_at_once(
    journal: PageJournal, contact: list[EventRecord]
) -> None:
    first, second = contact
    journal.load(FIRM, first.stream_id)
    assert journal.append([second]).outcome is AppendOutcome.CONFLICT
    journal.append([first])
    assert journal.append([first]).outcome is AppendOutcome.CONFLICT
    known = journal.append([first], duplicate_is_success=True)
    assert known.outcome is AppendOutcome.DUPLICATE


def test_what_somebody_else_stored_meanwhile_is_tried_again(
    journal: PageJournal, contact: list[EventRecord], store: Store
) -> None:
    first, second = contact
    store([first])
    journal.load(FIRM, first.stream_id)
    other = msgspec.structs.replace(second, event_id=first.correlation_id)
    store([other])
    journal.append([second])
    with pytest.raises(TryAgain):
        journal.flush()


def test_going_back_forgets_what_came_after_the_mark(
    journal: PageJournal, contact: list[EventRecord], follow: Connection[Any]
) -> None:
    first, second = contact
    journal.append([first])
    mark = journal.mark()
    journal.append([second])
    journal.go_back(mark)
    assert journal.load(FIRM, first.stream_id) == [first]
    assert journal.flush() == 1
