"""What members keep of a contact's wishes, and the countdown that their screen shows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.contact import ConsentWithdrawn, OptedOut
from domain.delivery_state import DeliveryState
from domain.outbound_message import OutboundStatusUpdated
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.api.test_mutations import APPROVE, REPLY, Desk, desk
from tests.domain.samples import sample_of

__all__ = ["desk"]

WITHDRAW = """mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) {
  contact { card { consents { purpose state } } } userErrors { code field nextStep } } }"""
OPT_OUT = """mutation($input: OptOutContactInput!) { optOutContact(input: $input) {
  contact { isOptedOut card { optedOutAt } } userErrors { code field } } }"""
WINDOWS = """query($c: ID!) { conversation(id: $c) { contact { id }
  serviceWindow { isOpen endsAt secondsLeft } freeEntryWindow { isOpen endsAt secondsLeft } } }"""


def conversation(desk: Desk) -> Any:
    return desk.stack.data(desk.firm.lawyer, WINDOWS, {"c": desk.conversation})["conversation"]


def contact(desk: Desk) -> str:
    return str(conversation(desk)["contact"]["id"])


def test_a_member_keeps_that_a_consent_was_taken_back_and_an_approval_meets_it(desk: Desk) -> None:
    given = {"contactId": contact(desk), "reason": "Told at the front desk."}
    done = desk.run(WITHDRAW, **given, purposes=["INTAKE", "ASSISTANCE"])
    assert done["userErrors"] == []
    assert {one["state"] for one in done["contact"]["card"]["consents"]} == {"WITHDRAWN"}
    (event,) = [
        record.event
        for record in desk.events_of(desk.story.contact_id)
        if isinstance(record.event, ConsentWithdrawn)
    ]
    assert event.reason == "Told at the front desk."
    (error,) = desk.run(APPROVE, draftId=desk.draft)["userErrors"]
    assert error["code"] == "CONSENT_MISSING"
    assert "legal basis" in error["nextStep"]
    urgent = desk.run(
        REPLY, conversationId=desk.conversation, text="Hubungi 112.", legalBasis="VITAL_INTEREST"
    )
    assert urgent["userErrors"] == []


def test_a_member_keeps_that_a_contact_wants_no_more_messages(desk: Desk) -> None:
    done = desk.run(OPT_OUT, contactId=contact(desk), reason="By phone.")
    assert done["userErrors"] == []
    assert done["contact"]["isOptedOut"]
    assert done["contact"]["card"]["optedOutAt"]
    assert any(isinstance(one.event, OptedOut) for one in desk.events_of(desk.story.contact_id))
    (error,) = desk.run(
        REPLY, conversationId=desk.conversation, text="Halo", legalBasis="VITAL_INTEREST"
    )["userErrors"]
    assert error["code"] == "CONTACT_OPTED_OUT"


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_reason_is_needed(desk: Desk, reason: str) -> None:
    (error,) = desk.run(OPT_OUT, contactId=contact(desk), reason=reason)["userErrors"]
    assert error["field"] == ["input", "reason"]


def test_the_service_window_counts_down_from_the_contacts_last_message(desk: Desk) -> None:
    window = conversation(desk)["serviceWindow"]
    assert window["isOpen"]
    assert 0 < window["secondsLeft"] <= 24 * 3600
    assert conversation(desk)["freeEntryWindow"] is None


def test_a_closed_window_says_when_it_closed(stack: Stack, firm: Firm) -> None:
    firm.moment -= timedelta(hours=25)
    desk = Desk(stack, firm, firm.consultation())
    window = conversation(desk)["serviceWindow"]
    assert (window["isOpen"], window["secondsLeft"]) == (False, 0)
    assert datetime.fromisoformat(window["endsAt"]) < stack.store.clock.now()


def test_the_free_entry_window_is_shown_as_meta_says(desk: Desk) -> None:
    ends_at = desk.stack.store.clock.now().replace(microsecond=0) + timedelta(hours=70)
    status = sample_of(
        OutboundStatusUpdated,
        conversation_id=desk.story.conversation_id,
        contact_id=desk.story.contact_id,
        state=DeliveryState.SENT,
        free_entry_ends_at=ends_at,
    )
    desk.firm.append_next(status.outbound_message_id, status)
    desk.stack.wait_until_seen(desk.firm.tenant_id)
    window = conversation(desk)["freeEntryWindow"]
    assert window["isOpen"]
    assert datetime.fromisoformat(window["endsAt"]) == ends_at
