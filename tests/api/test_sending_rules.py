"""A member who asks for something to be sent hears at once why it cannot be."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain.circuit import CircuitKind
from domain.contact import ConsentPurpose, ConsentWithdrawn
from domain.event import Event
from domain.scopes import Role
from domain.sender_number import SenderCircuitClosed, SenderCircuitOpened, SenderNumberPaused
from domain.sender_standing import Restriction, RestrictionKind, SenderNumberRestricted
from domain.tenant import TenantSuspended
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.api.test_mutations import APPROVE, REPLY, Desk, desk

__all__ = ["desk"]

NUMBERS = """
{ senderNumbers { nodes { isPaused outage { cause message nextStep since retryAt } } } }
"""


def opened(desk: Desk) -> SenderCircuitOpened:
    return SenderCircuitOpened(
        sender_number_id=desk.firm.sender_number_id,
        circuit=CircuitKind.NUMBER,
        cause="131042",
        words="There is a problem with the payment method.",
        next_step="Put the payment method in order at Meta.",
        retry_at=desk.stack.store.clock.now() + timedelta(seconds=30),
    )


def paused(desk: Desk) -> Event:
    return SenderNumberPaused(sender_number_id=desk.firm.sender_number_id, reason="maintenance")


def restricted(desk: Desk) -> Event:
    return SenderNumberRestricted(
        sender_number_id=desk.firm.sender_number_id,
        restrictions=(Restriction(kind=RestrictionKind.CUSTOMER_INITIATED),),
        told_at=desk.stack.store.clock.now(),
    )


def restricted_otherwise(desk: Desk) -> Event:
    return SenderNumberRestricted(
        sender_number_id=desk.firm.sender_number_id,
        restrictions=(Restriction(kind=RestrictionKind.BUSINESS_INITIATED),),
        told_at=desk.stack.store.clock.now(),
    )


def suspended(desk: Desk) -> Event:
    return TenantSuspended(tenant_id=desk.firm.tenant_id, reason="bills")


def withdrawn(desk: Desk) -> Event:
    return ConsentWithdrawn(contact_id=desk.story.contact_id, purposes=tuple(ConsentPurpose))


def happens(desk: Desk, event: Event) -> None:
    stream_id = getattr(
        event,
        "sender_number_id",
        getattr(event, "contact_id", desk.firm.tenant_id),
    )
    desk.firm.append_next(stream_id, event)
    desk.stack.wait_until_seen(desk.firm.tenant_id)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (opened, "SENDING_INTERRUPTED"),
        (paused, "SENDER_NUMBER_PAUSED"),
        (restricted, "SENDER_NUMBER_RESTRICTED"),
        (suspended, "FIRM_SUSPENDED"),
        (withdrawn, "CONSENT_MISSING"),
    ],
)
def test_an_obstacle_is_told_at_once_and_nothing_is_approved(
    desk: Desk, event: Callable[[Desk], Event], code: str
) -> None:
    happens(desk, event(desk))
    replied: Any = desk.run(REPLY, conversationId=desk.conversation, text="Baik.")
    approved: Any = desk.run(APPROVE, draftId=desk.draft)
    for payload in (replied, approved):
        (error,) = payload["userErrors"]
        assert error["code"] == code
        assert error["nextStep"]
        assert payload["draft"] is None


def test_what_meta_restricts_for_first_words_is_no_obstacle_for_a_reply(desk: Desk) -> None:
    happens(desk, restricted_otherwise(desk))
    assert desk.run(REPLY, conversationId=desk.conversation, text="Baik.")["userErrors"] == []


def test_an_outage_is_shown_on_the_number_and_ends(stack: Stack, firm: Firm, desk: Desk) -> None:
    happens(desk, opened(desk))
    token = firm.tokens[Role.OWNER]
    (number,) = stack.data(token, NUMBERS)["senderNumbers"]["nodes"]
    assert number["outage"]["cause"] == "131042"
    assert number["outage"]["nextStep"] == "Put the payment method in order at Meta."
    assert not number["isPaused"]
    happens(desk, SenderCircuitClosed(sender_number_id=firm.sender_number_id))
    (number,) = stack.data(token, NUMBERS)["senderNumbers"]["nodes"]
    assert number["outage"] is None
    assert desk.run(REPLY, conversationId=desk.conversation, text="Baik.")["userErrors"] == []
