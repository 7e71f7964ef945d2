"""Notices of Meta reach every number that they concern, and change what they must."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Connection

from domain.contact import ContactIdentified, MarketingResumed, MarketingStopped
from domain.identity import ContactId
from domain.sender_notice import MarketingNotice
from domain.sender_number import NoticeContent, SenderNumberNoticed
from domain.sender_standing import SenderNumberBlocked, SenderNumberUnblocked
from infrastructure.clock import SystemClock
from jobs.followers.policies import PoliciesUnit
from projections.sender_notices import notices_of_number
from projections.sender_standing import SenderStandingRow, standings_of
from tests.event_store import FIRM, Store, follow_once
from tests.ingest.gateway import PHONE_NUMBER_ID, WABA_ID, Gateway, Number, add_numbers, change

SECOND = Number(phone_number_id="106540352242933")
ELSEWHERE = Number(phone_number_id="106540352242944", waba_id="999")


def notice(field: str, value: dict[str, Any], *, at: int, entry_id: str = WABA_ID) -> bytes:
    """A body with a notice of the account."""
    entry = {"id": entry_id, "time": at, "changes": [{"field": field, "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def ban(state: str, *, at: int) -> bytes:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}}
    return notice("account_update", value, at=at)


def noticed(gateway: Gateway) -> list[SenderNumberNoticed]:
    records = gateway.records(SenderNumberNoticed)
    return [each.event for each in records if isinstance(each.event, SenderNumberNoticed)]


class Desk:
    """Lets the policies and the read models follow, and shows the standing of the numbers."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._unit = PoliciesUnit(gateway.vault, SystemClock())
        self._position = 0

    def follow(self) -> list[SenderStandingRow]:
        connection = self._gateway.connection
        while (page := self._unit.read(connection, self._position, 100)).items:
            with connection.transaction():
                self._unit.handle(connection, page.items)
            self._position = page.position
        follow_once(connection, ["sender_standing", "sender_notices"])
        numbers = [event.sender_number_id for event in _added(self._gateway)]
        return standings_of(FIRM, numbers).fetch(connection)


def _added(gateway: Gateway) -> list[Any]:
    from domain.sender_number import SenderNumberAdded

    return [record.event for record in gateway.records(SenderNumberAdded)]


@pytest.fixture
def desk(gateway: Gateway, firm: Number) -> Desk:
    return Desk(gateway)


def test_an_account_that_is_disabled_blocks_all_of_its_numbers_and_no_other(
    gateway: Gateway, desk: Desk, follow: Connection[Any], store: Store
) -> None:
    add_numbers(follow, store, [SECOND, ELSEWHERE])
    gateway.take(ban("DISABLE", at=1_790_000_000))
    standings = desk.follow()
    by_phone = {event.sender_number_id: event.phone_number_id for event in _added(gateway)}
    blocked = {by_phone[row.sender_number_id] for row in standings if row.known_blocks()}
    assert blocked == {PHONE_NUMBER_ID, SECOND.phone_number_id}
    assert len(gateway.records(SenderNumberBlocked)) == 2


def test_a_reinstated_account_sends_again_and_a_late_ban_does_not_stop_it(
    gateway: Gateway, desk: Desk
) -> None:
    gateway.take(ban("DISABLE", at=1_790_000_000), ban("REINSTATE", at=1_790_000_100))
    (row,) = desk.follow()
    assert row.known_blocks() == {}
    gateway.take(ban("DISABLE", at=1_790_000_050))
    (row,) = desk.follow()
    assert row.known_blocks() == {}
    assert len(gateway.records(SenderNumberUnblocked)) == 1


def test_an_announced_ban_is_shown_and_stops_nothing_yet(gateway: Gateway, desk: Desk) -> None:
    gateway.take(ban("SCHEDULE_FOR_DISABLE", at=1_790_000_000))
    (row,) = desk.follow()
    assert row.known_blocks() == {}
    (shown,) = notices_of_number(FIRM, row.sender_number_id, limit=10).fetch(gateway.connection)
    assert (shown.field, shown.word) == ("account_update", "disabled_update")


def test_throughput_and_daily_limit_follow_the_newest_notice(gateway: Gateway, desk: Desk) -> None:
    upgrade = {
        "display_phone_number": "622155501234",
        "event": "THROUGHPUT_UPGRADE",
        "max_daily_conversations_per_business": "TIER_100K",
    }
    gateway.take(
        notice("phone_number_quality_update", upgrade, at=1_790_000_100),
        notice(
            "business_capability_update",
            {"max_daily_conversations_per_business": 2000},
            at=1_790_000_000,
        ),
    )
    (row,) = desk.follow()
    assert (row.messages_per_second, row.daily_recipients_max) == (1000, 100_000)


def test_a_notice_about_another_number_of_the_account_leaves_this_one_alone(
    gateway: Gateway, desk: Desk
) -> None:
    value = {"display_phone_number": "6299999999", "event": "FLAGGED"}
    gateway.take(notice("phone_number_quality_update", value, at=1_790_000_000))
    (row,) = desk.follow()
    assert not row.is_flagged
    (event,) = noticed(gateway)
    assert event.sender_number_ids == ()


def test_names_and_usernames_are_kept(gateway: Gateway, desk: Desk) -> None:
    digits = "622155501234"
    gateway.take(
        notice(
            "phone_number_name_update",
            {
                "display_phone_number": digits,
                "decision": "REJECTED",
                "requested_verified_name": "Melati",
                "rejection_reason": "NAME_EMPLOYEE_COUNT",
            },
            at=1_790_000_000,
        ),
        notice(
            "business_username_update",
            {"display_phone_number": digits, "username": "melati", "status": "approved"},
            at=1_790_000_000,
        ),
    )
    (row,) = desk.follow()
    assert (row.name, row.name_decision, row.name_reason) == (
        "Melati",
        "rejected",
        "name_employee_count",
    )
    assert (row.username, row.username_status) == ("melati", "approved")


def preference(value: str, *, at: int) -> bytes:
    """A body that tells what a contact set in WhatsApp itself."""
    told = {
        "wa_id": "6281234567890",
        "user_id": "ID.1",
        "category": "marketing_messages",
        "value": value,
        "timestamp": at,
    }
    body = change({"user_preferences": [told]})
    body["field"] = "user_preferences"
    return json.dumps({"entry": [{"id": WABA_ID, "changes": [body]}]}).encode()


def test_marketing_stopped_in_whatsapp_is_heeded_and_an_older_word_does_not_undo_it(
    gateway: Gateway, desk: Desk
) -> None:
    gateway.take(preference("stop", at=1_790_000_100), preference("resume", at=1_790_000_000))
    desk.follow()
    (stopped,) = gateway.records(MarketingStopped)
    assert stopped.event == MarketingStopped(
        contact_id=ContactId(stopped.stream_id),
        decided_at=datetime.fromtimestamp(1_790_000_100, UTC),
        source="user_preferences",
    )
    assert gateway.records(MarketingResumed) == []

    gateway.take(preference("resume", at=1_790_000_200))
    desk.follow()
    assert len(gateway.records(MarketingResumed)) == 1


def test_a_contact_that_stops_marketing_is_found_or_begun(gateway: Gateway, firm: Number) -> None:
    gateway.take(preference("stop", at=1_790_000_000))
    (event,) = noticed(gateway)
    (begun,) = gateway.records(ContactIdentified)
    assert event.contact_id == begun.stream_id
    assert isinstance(event.content, NoticeContent)
    assert isinstance(event.content.sender, MarketingNotice)
    assert event.content.sender.is_stopped


@pytest.mark.parametrize(
    "value",
    [
        {"event": "DISABLED_UPDATE"},
        {"event": "DISABLED_UPDATE", "ban_info": []},
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": {"x": 1}}},
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": "all"},
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [5, {"restriction_type": []}]},
        {"event": 7, "max_daily_conversations_per_business": -(10**40)},
    ],
)
@pytest.mark.parametrize(
    "field", ["account_update", "phone_number_quality_update", "business_capability_update"]
)
def test_a_notice_that_makes_no_sense_is_kept_and_blocks_nothing(
    field: str, value: dict[str, Any], gateway: Gateway, desk: Desk
) -> None:
    gateway.take(notice(field, value, at=1_790_000_000))
    (row,) = desk.follow()
    assert row.known_blocks() == {}
    assert len(noticed(gateway)) == 1


def test_what_belongs_to_no_account_is_told_to_the_firm_whose_app_signed_it(
    gateway: Gateway, firm: Number
) -> None:
    value = {"event": "SOLUTION_UPDATED", "solution_id": "1", "solution_status": "ACTIVE"}
    gateway.take(notice("partner_solutions", value, at=1, entry_id="portfolio"))
    (event,) = noticed(gateway)
    assert event.field == "partner_solutions"
    assert gateway.held() == []
