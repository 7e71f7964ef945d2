"""Messages that wait can be moved and taken back; doubts are settled; the firm sets its rules."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.identity import EventId, outbound_id_after
from domain.outbound_message import (
    OutboundAttemptStarted,
    OutboundInDoubt,
)
from domain.outbound_timing import OutboundDuplicateDetected, OutboundRescheduled
from domain.scopes import Role
from infrastructure.unique_ids import new_id
from tests.api.test_mutations import APPROVE, REPLY, Desk, desk

__all__ = ["desk"]

FIELDS = """id purpose waitsFor { message }
  delivery { state dueAt needsDecision isDuplicate duplicateCause duplicateMessage }"""
MESSAGE = f"message {{ {FIELDS} }}"
CANCEL = f"""
mutation Cancel($input: CancelMessageInput!) {{
  cancelMessage(input: $input) {{ {MESSAGE} userErrors {{ code nextStep field }} }}
}}
"""
MOVE = f"""
mutation Move($input: RescheduleMessageInput!) {{
  rescheduleMessage(input: $input) {{ {MESSAGE} userErrors {{ code nextStep field }} }}
}}
"""
SETTLE = f"""
mutation Settle($input: SettleDoubtInput!) {{
  settleDoubt(input: $input) {{ {MESSAGE} userErrors {{ code nextStep field }} }}
}}
"""
CHANGE = """
mutation Change($input: ChangeSendingRulesInput!) {
  changeSendingRules(input: $input) {
    sendingRules { timeZone quietFrom quietUntil approvalLifeHours doubtWaitMinutes
      doubtRules { purpose action } }
    userErrors { code field message }
  }
}
"""
RULES = "{ sendingRules { quietFrom quietUntil approvalLifeHours } }"
JAKARTA = ZoneInfo("Asia/Jakarta")


def local(desk: Desk, **ahead: float) -> str:
    moment = desk.stack.store.clock.now() + timedelta(**ahead)
    return f"{moment.astimezone(JAKARTA).replace(tzinfo=None):%Y-%m-%dT%H:%M:%S}"


def requested(desk: Desk) -> str:
    """The message that was asked for with the approval; its global id."""
    from api.graphql.ids import global_id

    desk.stack.wait_until_seen(desk.firm.tenant_id)
    return global_id("OutboundMessage", outbound_id_after(desk.story.draft_id))


def test_a_time_without_offset_is_the_firms_own(desk: Desk) -> None:
    chosen = local(desk, hours=2)
    assert desk.run(APPROVE, draftId=desk.draft, sendTime=chosen)["userErrors"] == []
    event: Any = desk.events_of(desk.story.draft_id)[-1].event
    moment = datetime.fromisoformat(chosen).replace(tzinfo=JAKARTA)
    assert event.send_at == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("besok pagi", "INVALID_INPUT"),
        ("2020-01-01T09:00", "INVALID_INPUT"),
        ("+30h", "SERVICE_WINDOW_CLOSED"),
    ],
)
def test_a_time_at_which_nothing_can_be_sent_is_refused(desk: Desk, when: str, code: str) -> None:
    chosen = local(desk, hours=30) if when == "+30h" else when
    for payload in (
        desk.run(REPLY, conversationId=desk.conversation, text="Baik.", sendTime=chosen),
        desk.run(APPROVE, draftId=desk.draft, sendTime=chosen),
    ):
        (error,) = payload["userErrors"]
        assert error["code"] == code
        if code == "INVALID_INPUT":
            assert error["field"] == ["input", "sendTime"]


def test_a_scheduled_message_is_shown_moved_and_taken_back(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft, sendTime=local(desk, hours=2))
    message = requested(desk)
    chosen = local(desk, hours=3)
    moved = desk.run(MOVE, messageId=message, sendTime=chosen)["message"]["delivery"]
    assert moved["state"] == "REQUESTED"
    due_at = datetime.fromisoformat(moved["dueAt"])
    assert due_at == datetime.fromisoformat(chosen).replace(tzinfo=JAKARTA)
    payload = desk.run(CANCEL, messageId=message)
    assert payload["message"]["delivery"] == {
        "state": "CANCELLED",
        "dueAt": None,
        "needsDecision": False,
        "isDuplicate": False,
        "duplicateCause": None,
        "duplicateMessage": None,
    }
    (error,) = desk.run(MOVE, messageId=message, sendTime=chosen)["userErrors"]
    assert error["code"] == "TOO_LATE_TO_CHANGE"


def test_a_doubt_is_settled_by_a_lawyer_and_by_nobody_twice(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft)
    message = requested(desk)
    (error,) = desk.run(SETTLE, messageId=message, decision="WAS_SENT")["userErrors"]
    assert error["code"] == "ATTEMPT_NOT_UNDERWAY"
    message_id = outbound_id_after(desk.story.draft_id)
    digest = "d" * 64
    desk.firm.append_next(
        message_id,
        OutboundAttemptStarted(
            outbound_message_id=message_id, attempt=1, callback_data="x.1", body_digest=digest
        ),
    )
    desk.firm.append_next(
        message_id,
        OutboundInDoubt(
            outbound_message_id=message_id,
            conversation_id=desk.story.conversation_id,
            contact_id=desk.story.contact_id,
            attempt=1,
            cause="connection_lost",
        ),
    )
    payload = desk.run(SETTLE, messageId=message, decision="SEND_AGAIN")
    assert payload["userErrors"] == []
    assert payload["message"]["delivery"]["state"] == "REQUESTED"
    (error,) = desk.run(SETTLE, messageId=message, decision="GIVE_UP")["userErrors"]
    assert error["code"] == "ATTEMPT_NOT_UNDERWAY"


def test_a_message_without_room_under_the_daily_limit_says_so(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft)
    message = requested(desk)
    message_id = outbound_id_after(desk.story.draft_id)
    put_off = OutboundRescheduled(
        outbound_message_id=message_id,
        conversation_id=desk.story.conversation_id,
        contact_id=desk.story.contact_id,
        due_at=desk.stack.store.clock.now() + timedelta(hours=24),
        reason="daily_limit",
    )
    desk.firm.append_next(message_id, put_off)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on OutboundMessage {{ {FIELDS} }} }} }}"
    shown = desk.stack.data(desk.firm.lawyer, query, {"id": message})["node"]
    assert "as many people as Meta allows" in shown["waitsFor"]["message"]
    assert shown["delivery"]["dueAt"] is not None
    moved = desk.run(MOVE, messageId=message, sendTime=local(desk, hours=3))["message"]
    assert moved["waitsFor"] is None


def test_a_message_that_the_contact_has_twice_says_why(desk: Desk) -> None:
    desk.run(APPROVE, draftId=desk.draft)
    message = requested(desk)
    message_id = outbound_id_after(desk.story.draft_id)
    desk.firm.append_next(
        message_id,
        OutboundDuplicateDetected(
            outbound_message_id=message_id,
            conversation_id=desk.story.conversation_id,
            contact_id=desk.story.contact_id,
            attempt=1,
            later_attempt=2,
            cause="connection_lost",
            status_event_id=EventId(new_id()),
        ),
    )
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    shown = desk.run(MOVE, messageId=message, sendTime=local(desk, hours=3))["message"]["delivery"]
    assert (shown["isDuplicate"], shown["duplicateCause"]) == (True, "connection_lost")
    assert "the connection to WhatsApp broke" in shown["duplicateMessage"]


def test_the_message_of_another_firm_looks_unknown(desk: Desk) -> None:
    from api.graphql.ids import global_id

    unknown = global_id("OutboundMessage", outbound_id_after(desk.story.draft_id))
    for mutation, more in ((CANCEL, {}), (MOVE, {}), (SETTLE, {"decision": "GIVE_UP"})):
        (error,) = desk.run(mutation, messageId=unknown, **more)["userErrors"]
        assert error["code"] == "NOT_FOUND"


def test_an_owner_sets_the_rules_and_everybody_sees_them(desk: Desk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    payload = desk.run(
        CHANGE,
        token=owner,
        quietFrom="21:00",
        quietUntil="07:00",
        approvalLifeHours=24,
        doubtRules=[{"purpose": "REPLY", "action": "RESEND"}],
    )
    assert payload["userErrors"] == []
    assert payload["sendingRules"]["timeZone"] == "Asia/Jakarta"
    assert payload["sendingRules"]["doubtRules"] == [{"purpose": "REPLY", "action": "RESEND"}]
    shown = desk.stack.data(desk.firm.lawyer, RULES)["sendingRules"]
    assert shown == {"quietFrom": "21:00", "quietUntil": "07:00", "approvalLifeHours": 24}


def test_rules_that_make_no_sense_are_refused_with_their_field(desk: Desk) -> None:
    owner = desk.firm.tokens[Role.OWNER]
    (error,) = desk.run(CHANGE, token=owner, quietFrom="9 malam", quietUntil="07:00")["userErrors"]
    assert error["field"] == ["input", "quietFrom"]
    (error,) = desk.run(CHANGE, token=owner, approvalLifeHours=0)["userErrors"]
    assert error["field"] == ["input", "approvalLifeHours"]
