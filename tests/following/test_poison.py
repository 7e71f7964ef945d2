"""An event that cannot be handled stops one unit, with a clear message, and nobody else."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from psycopg import Connection

from infrastructure.following import follower as follower_module
from infrastructure.following import host as host_module
from infrastructure.following import positions
from infrastructure.following.event_log import LoggedEvent, log_head
from infrastructure.following.host import FollowerHost
from infrastructure.following.listener import Connect
from infrastructure.following.positions import Place, place_of
from projections.benchmarks.stories import Firm
from projections.feed import Feed
from projections.inbox import Inbox
from projections.projection_unit import ProjectionUnit
from tests.event_store import FIRM, Store, count_rows
from tests.waiting import until


class Poisoned(ProjectionUnit):
    """The inbox, which cannot digest the event at one position."""

    def __init__(self) -> None:
        super().__init__(Inbox())
        self.poison: int | None = 30
        self.pages: list[int] = []

    def handle(self, connection: Connection[Any], items: Sequence[LoggedEvent]) -> None:
        self.pages.append(len(items))
        if self.poison in {item.position for item in items}:
            raise ZeroDivisionError("a text that quotes a client")
        super().handle(connection, items)


@contextlib.contextmanager
def running(connect: Connect, *units: ProjectionUnit) -> Iterator[FollowerHost]:
    host = FollowerHost(units, connect, poll_interval_s=0.1)
    host.start()
    try:
        yield host
    finally:
        host.stop()


@pytest.fixture
def poisoned(store: Store) -> Poisoned:
    store(Firm(FIRM).consultation())
    unit = Poisoned()
    # The position must be of an event that the inbox listens to.
    unit.poison = 2
    return unit


def parked(connection: Connection[Any]) -> Place:
    until(lambda: place_of(connection, "inbox").parked_reason is not None, "the unit is parked")
    return place_of(connection, "inbox")


def test_a_poison_event_parks_its_unit_and_the_others_go_on(
    poisoned: Poisoned, follow: Connection[Any], connect_follow: Connect
) -> None:
    with running(connect_follow, poisoned, ProjectionUnit(Feed())) as host:
        place = parked(follow)
        until(lambda: place_of(follow, "feed").position == log_head(follow), "the feed went on")
        until(lambda: host.running == {"feed"}, "the parked unit is not run")
    assert place.position == 1
    assert place.parked_position == 2
    assert place.parked_event is not None
    assert place.parked_event.startswith("message.received.v1")
    reason = place.parked_reason or ""
    assert "ZeroDivisionError" in reason
    assert "hub projections resume inbox" in reason
    assert "quotes" not in reason


def test_what_comes_before_the_poison_is_handled_in_halves(
    poisoned: Poisoned, follow: Connection[Any], connect_follow: Connect
) -> None:
    poisoned.poison = log_head(follow) - 6  # the approval of the draft
    with running(connect_follow, poisoned):
        place = parked(follow)
    assert place.position < (place.parked_position or 0) == poisoned.poison
    assert count_rows(follow, "inbox") == 1
    assert poisoned.pages[0] > poisoned.pages[1] > 1
    assert poisoned.pages[-1] == 1


def test_a_parked_unit_goes_on_when_it_is_told_to(
    poisoned: Poisoned, follow: Connection[Any], connect_follow: Connect
) -> None:
    with running(connect_follow, poisoned):
        parked(follow)
        poisoned.poison = None
        assert positions.resume(follow, "inbox")
        until(lambda: place_of(follow, "inbox").position == log_head(follow), "caught up")
    assert not positions.resume(follow, "inbox")


def test_a_parked_unit_tries_again_by_itself_after_an_upgrade(
    poisoned: Poisoned,
    follow: Connection[Any],
    connect_follow: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running(connect_follow, poisoned):
        parked(follow)
    with running(connect_follow, poisoned):
        assert place_of(follow, "inbox").parked_reason is not None
    for module in (follower_module, host_module):
        monkeypatch.setattr(module, "program_fingerprint", lambda: "another program")
    poisoned.poison = None
    with running(connect_follow, poisoned):
        until(lambda: place_of(follow, "inbox").position == log_head(follow), "caught up")


def test_a_lost_connection_is_waited_out(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    firm = Firm(FIRM)
    with running(connect_follow, ProjectionUnit(Inbox()), ProjectionUnit(Feed())):
        for _ in range(3):
            store(firm.consultation())
            follow.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name IN ('inbox', 'feed', 'tail', 'listener', 'host')"
            )
        head = log_head(follow)
        until(
            lambda: place_of(follow, "inbox").position == place_of(follow, "feed").position == head,
            "caught up after the connections were cut",
            30,
        )
    assert count_rows(follow, "inbox") == 3


def test_a_table_of_another_definition_takes_nothing_and_says_why(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    from projections.builds import create_read_models
    from projections.rebuild import rebuild

    class ChangedInbox(Inbox):
        version = Inbox.version + 1

    changed = ChangedInbox()
    assert create_read_models(follow, [changed]) == []
    place = place_of(follow, "inbox")
    assert "hub projections rebuild inbox" in (place.parked_reason or "")
    store(Firm(FIRM).consultation())
    result = rebuild(changed, connect_follow)
    assert result.compared is None
    place = place_of(follow, "inbox")
    assert (place.table_version, place.parked_reason) == (ChangedInbox.version, None)
    assert count_rows(follow, "inbox") == 1


def test_a_database_that_is_not_migrated_yet_parks_nobody(
    follow: Connection[Any], connect_follow: Connect, store: Store
) -> None:
    follow.execute("ALTER TABLE read_model.inbox RENAME TO elsewhere")
    store(Firm(FIRM).consultation())
    with running(connect_follow, ProjectionUnit(Inbox()), ProjectionUnit(Feed())):
        until(lambda: place_of(follow, "feed").position == log_head(follow), "the feed went on")
        assert place_of(follow, "inbox").parked_reason is None
        follow.execute("ALTER TABLE read_model.elsewhere RENAME TO inbox")
        until(lambda: place_of(follow, "inbox").position == log_head(follow), "caught up")
