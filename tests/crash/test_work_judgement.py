"""The judgement of files, broadcasts and calls sees each breach of a promise."""

from collections import Counter
from uuid import UUID

import pytest

from api.laboratory.evidence import Evidence
from api.laboratory.work_evidence import BroadcastStory, FileOutcome, WorkEvidence
from api.laboratory.work_judgement import (
    violations_of_broadcasts,
    violations_of_calls,
    violations_of_files,
)
from domain.delivery_state import DeliveryState
from tests.crash.test_judgement import message

MESSAGE, BROADCAST, CONTACT = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_file_that_was_fetched_once_and_opens_is_in_order() -> None:
    assert not list(violations_of_files({MESSAGE: b"x"}, {MESSAGE: [FileOutcome(b"x")]}))


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([], "never fetched"),
        ([FileOutcome(b"x"), FileOutcome(b"x")], "settled 2 times"),
        ([FileOutcome(None, "timed_out")], "given up: timed_out"),
        ([FileOutcome(b"y")], "not the one that was sent"),
    ],
)
def test_a_file_that_is_missing_doubled_or_another_is_seen(
    outcomes: list[FileOutcome], words: str
) -> None:
    (found,) = violations_of_files({MESSAGE: b"x"}, {MESSAGE: outcomes})
    assert words in found


def test_another_system_may_be_told_twice_and_has_to_be_told_once() -> None:
    assert not list(violations_of_calls({"a"}, {"a": 2}, ()))
    (missing,) = violations_of_calls({"a"}, {}, ())
    (foreign,) = violations_of_calls(set(), {"b": 1}, ())
    (other,) = violations_of_calls({"a"}, {"a": 2}, {"a"})
    assert "never told" in missing
    assert "did not choose" in foreign
    assert "different things" in other


def broadcast(*, is_over: bool = True, recipients: int = 1, messages: int = 1) -> WorkEvidence:
    stories = [message(number) for number in range(1, messages + 1)]
    return WorkEvidence(
        broadcasts={
            BROADCAST: BroadcastStory(
                recipients=recipients,
                is_over=is_over,
                messages=[story.requested.outbound_message_id for story in stories],
                contacts=Counter({CONTACT: messages}),
            )
        }
    )


def breaches(
    work: WorkEvidence,
    state: DeliveryState = DeliveryState.DELIVERED,
    *,
    approved: int = 1,
    phones: dict[str, int] | None = None,
) -> list[str]:
    stories = [message(number, state) for number in (1, 2)]
    evidence = Evidence(messages={each.requested.outbound_message_id: each for each in stories})
    return list(
        violations_of_broadcasts(
            work,
            evidence,
            approved={f"words {number}": 1 for number in range(approved)},
            phones=Counter(phones or {}),
        )
    )


def test_a_broadcast_with_one_message_for_each_contact_that_ended_is_in_order() -> None:
    assert breaches(broadcast()) == []


def test_a_broadcast_that_was_forgotten_is_seen() -> None:
    (found,) = breaches(WorkEvidence())
    assert "approved 1 broadcasts" in found


def test_a_broadcast_that_asks_for_too_few_messages_or_too_many_is_seen() -> None:
    assert "asked for 0 messages" in breaches(broadcast(messages=0))[0]
    too_many, several = breaches(broadcast(messages=2))
    assert "asked for 2 messages" in too_many
    assert "several messages for one contact" in several


def test_a_broadcast_that_does_not_end_is_seen_unless_nobody_can_tell_about_a_message() -> None:
    (found,) = breaches(broadcast(is_over=False))
    assert "does not end" in found
    assert breaches(broadcast(is_over=False), DeliveryState.IN_DOUBT) == []


def test_words_that_lie_twice_on_a_phone_are_seen() -> None:
    (found,) = breaches(broadcast(), phones={"'Siaran nomor 1.' (visitor1)": 2})
    assert "lie 2 times on one phone" in found
