"""Every sample of Meta, posted signed to a running hub, is on the screen as its kind calls for."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.journeys.expected_notices import NOTICES, Noted
from tests.journeys.expected_samples import MESSAGES, STATUSES, Reported, Shown
from tests.journeys.posted_samples import SampleFirm
from tests.journeys.stage import running_stage
from tests.whatsapp.sample_files import NAMES, body_of, sample

_TOPICS = {
    "InboundMessage": "message.received.v1",
    "EchoedMessage": "message.echoed.v1",
    "CallEntry": "call.reported.v1",
}


@dataclass(frozen=True)
class Screen:
    """What the hub shows after all samples were posted, one by one."""

    answers: list[int]
    streams: dict[str, list[UUID]]
    topics: dict[UUID, str]
    held: int
    timeline: dict[UUID, dict[str, Any]]
    notices: list[dict[str, Any]]
    number: dict[str, Any]
    prices: list[dict[str, Any]]

    def entries(self, name: str) -> list[dict[str, Any]]:
        return [self.timeline[stream] for stream in self.streams[name] if stream in self.timeline]

    def topics_of(self, name: str) -> list[str | None]:
        return [self.topics.get(stream) for stream in self.streams[name]]


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    bodies = {name: body_of(sample(name)) for name in NAMES}
    with (
        tempfile.TemporaryDirectory(prefix="hub-samples-", ignore_cleanup_errors=True) as folder,
        running_stage(Path(folder)) as stage,
    ):
        firm = SampleFirm(stage)
        answers = firm.post(list(bodies.values()))
        firm.wait()
        with stage.opening() as vault, stage.looking() as connection:
            streams = {name: firm.streams_of(body, vault) for name, body in bodies.items()}
            topics = dict(
                connection.execute(
                    "SELECT originator_id, topic FROM hub.events WHERE originator_version = 1"
                ).fetchall()
            )
            held = connection.execute("SELECT FROM hub.quarantine").rowcount
        yield Screen(
            answers,
            streams,
            topics,
            held,
            firm.timeline(),
            firm.notices(),
            firm.number(),
            firm.prices(),
        )


def test_every_sample_has_an_expectation() -> None:
    assert sorted({*MESSAGES, *STATUSES, *NOTICES}) == sorted(NAMES)
    assert len(NAMES) == 118


def test_every_sample_is_accepted_and_nothing_is_held(screen: Screen) -> None:
    assert screen.answers == [200] * 118
    assert screen.held == 0


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_or_call_is_an_entry_of_the_timeline(name: str, screen: Screen) -> None:
    expected = MESSAGES[name]
    found = screen.entries(name)
    assert [shown(entry) for entry in found] == list(expected)
    topics = screen.topics_of(name)
    assert topics[: len(expected)] == [_TOPICS[one.entry] for one in expected]


def shown(entry: dict[str, Any]) -> Shown:
    content = entry.get("content")
    return Shown(
        entry=entry["__typename"],
        body=content["body"]["__typename"] if content else None,
        line=content["text"] if content else entry["summary"],
        relation=entry.get("relation"),
        arrival=entry.get("arrival"),
    )


@pytest.mark.parametrize("name", STATUSES)
def test_a_status_of_a_message_that_was_never_sent_is_recorded(name: str, screen: Screen) -> None:
    assert screen.topics_of(name) == ["message.status_received.v1"]


def test_every_status_is_shown_with_price_and_reason(screen: Screen) -> None:
    # The status in standby is about a message that another app sent: it is shown with it as well.
    reported = Counter(
        Reported(
            each["status"],
            each["pricingCategory"],
            each["pricingType"],
            each["errors"][0]["code"] if each["errors"] else None,
        )
        for each in screen.number["statusesOfOthers"]
    )
    assert reported == Counter(STATUSES.values())
    reasons = [error for each in screen.number["statusesOfOthers"] for error in each["errors"]]
    assert all(error["message"] and error["nextStep"] for error in reasons)


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_stands_on_the_page_of_the_number(name: str, screen: Screen) -> None:
    topics = screen.topics_of(name)
    expected = NOTICES[name]
    assert topics[-len(expected) :] == ["sender_number.noticed.v1"] * len(expected)
    found = {
        Noted(each["field"], each["word"], each["severity"], each["summary"])
        for each in screen.notices
    }
    assert set(expected) <= found


def test_there_is_a_notice_for_each_and_no_other(screen: Screen) -> None:
    expected = Counter(each for notices in NOTICES.values() for each in notices)
    found = Counter(
        Noted(each["field"], each["word"], each["severity"], each["summary"])
        for each in screen.notices
    )
    assert found == expected
    assert all(each["isRecognised"] for each in screen.notices)


def test_an_original_that_was_edited_and_deleted_is_shown_with_both(screen: Screen) -> None:
    (original,) = screen.entries("message-text")
    assert original["content"]["text"].startswith("Selamat pagi, saya mau konsultasi")
    assert original["edits"] == [{"isOfFirm": False}]
    assert original["revocation"] == {"isOfFirm": False}
    (photo,) = screen.entries("message-image")
    assert len(photo["edits"]) == 1


def test_what_a_message_is_about_is_found(screen: Screen) -> None:
    for name in ("message-edit-text", "message-revoke", "history-media", "standby-message-echo"):
        (entry,) = screen.entries(name)
        assert entry["aboutMessage"] is not None, name
    (echo,) = screen.entries("smb-message-echoes-text")
    assert echo["revocation"] == {"isOfFirm": True}
    (answer,) = screen.entries("standby-message-echo")
    assert answer["statuses"] == [{"status": "delivered"}]


def test_where_a_message_came_from_is_shown(screen: Screen) -> None:
    (forwarded,) = screen.entries("message-text-forwarded")
    (frequently,) = screen.entries("message-text-frequently-forwarded")
    (advertised,) = screen.entries("message-text-referral-ad")
    (product,) = screen.entries("message-text-referred-product")
    (group,) = screen.entries("message-group-text")
    assert forwarded["content"]["isForwarded"]
    assert frequently["content"]["isFrequentlyForwarded"]
    assert advertised["content"]["referral"] == {"sourceType": "ad"}
    assert product["content"]["productId"] == "paket-review-kontrak"
    assert group["inGroup"]


def test_the_number_stands_as_meta_said_last(screen: Screen) -> None:
    standing = screen.number["standing"]
    causes = {each["cause"] for each in standing["blocks"]}
    assert causes == {"DELETED", "DISCONNECTED", "OFFBOARDED"}
    assert {each["kind"] for each in standing["restrictions"]} == {
        "restricted_add_phone_number_action",
        "restricted_biz_initiated_messaging",
    }
    assert standing["messagesPerSecond"] == 1000
    # Two notices of the same second tell a limit: the stricter counts.
    assert (standing["dailyRecipientsMax"], standing["isUnlimited"]) == (2000, False)
    assert (standing["username"], standing["usernameStatus"]) == ("kantorhukumcontoh", "approved")


def test_prices_are_summed_by_month_category_and_type(screen: Screen) -> None:
    sums = {
        (each["month"], each["category"], each["pricingType"]): each["messages"]
        for each in screen.prices
    }
    assert sums == {
        ("2026-11", "group_utility", "regular"): 1,
        ("2026-11", "marketing", "regular"): 1,
        ("2026-11", "referral_conversion", "free_entry_point"): 1,
        ("2026-11", "service", "free_customer_service"): 2,
        ("2026-11", "service", "regular"): 2,
        ("2026-11", "utility", "regular"): 3,
    }
