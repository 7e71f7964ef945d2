"""Who of an audience would be written to, and the digest that stands for a whole plan."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.broadcast import Audience
from domain.broadcast_candidate import Candidate, Intention, obstacle
from domain.broadcast_recipient import (
    BroadcastRecipient,
    BroadcastRecipientPlanned,
    PlanRecipient,
    plan_bytes,
)
from domain.broadcast_words import BroadcastWords, TemplateWords, TextWords
from domain.contact import ConsentPurpose, ContactDetails, ContactIdentity, IdentityKind
from domain.errors import InvalidInput
from domain.identity import (
    BroadcastId,
    BroadcastPlanId,
    ContactId,
    ConversationId,
    broadcast_recipient_id_of,
)
from domain.outbound_body import plain_text
from domain.template import Template, TemplateStatus
from domain.template_body import TemplateParameter, TemplateValues
from domain.template_components import TemplateCategory, TemplateComponents
from domain.template_filling import fill_template
from tests.domain.given import digest, given, text
from tests.domain.memory_journal import START
from tests.domain.templates import WABA, template

AUDIENCE = Audience(labels=("klien-aktif",))
WORDS = TextWords(text="Halo {contact_name}")
PARTS = TemplateComponents(body="Yth. {{1}}, sidang pada {{2}}.", examples=("Ratna", "Jumat"))
PLAN = BroadcastPlanId(UUID(int=2))
PHONE = ContactIdentity(kind=IdentityKind.PHONE, value="+6281234567890")
PARENT = ContactIdentity(kind=IdentityKind.PARENT_BSUID, value="ID.1")


def intended(words: BroadcastWords = WORDS, template: Template | None = None) -> Intention:
    return Intention(
        AUDIENCE, words, firm_name="Kantor Hukum Melati", waba_id=WABA, template=template
    )


def reason(intention: Intention | None = None, /, **changes: Any) -> str | None:
    facts: dict[str, Any] = {
        "details": ContactDetails(identities=(PHONE,)),
        "consents": frozenset({ConsentPurpose.INTAKE}),
        "has_opted_out": False,
        "has_conversation": True,
        "last_inbound_at": START,
    }
    return obstacle(Candidate(**(facts | changes)), intention or intended(), START)


def test_a_contact_who_agreed_and_wrote_today_is_written_to() -> None:
    assert reason() is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"details": None}, "contact_erased"),
        ({"has_opted_out": True}, "contact_opted_out"),
        ({"consents": frozenset({ConsentPurpose.ASSISTANCE})}, "consent_missing"),
        ({"has_conversation": False}, "conversation_missing"),
        ({"details": ContactDetails(identities=(PARENT,))}, "recipient_unreachable"),
        ({"last_inbound_at": None}, "service_window_closed"),
        ({"last_inbound_at": START - timedelta(hours=24)}, "service_window_closed"),
    ],
)
def test_each_obstacle_has_its_reason(changes: dict[str, Any], expected: str) -> None:
    assert reason(**changes) == expected


def reminder(
    status: TemplateStatus = TemplateStatus.APPROVED,
    category: TemplateCategory = TemplateCategory.UTILITY,
) -> Intention:
    """The words are a template with the contact's name and a day of its own."""
    values = TemplateValues(
        parameters=(
            TemplateParameter(name="1", text="{contact_name}"),
            TemplateParameter(name="2", text="{hari}"),
        )
    )
    written = fill_template(template(components=PARTS), values)
    now = template(status, components=PARTS, category=category)
    return intended(TemplateWords(body=written), now)


def test_a_template_goes_to_contacts_whose_window_has_closed() -> None:
    assert reason(reminder(), last_inbound_at=None, variables={"hari": "Jumat"}) is None


@pytest.mark.parametrize(
    ("intention", "changes", "expected"),
    [
        (reminder(TemplateStatus.PAUSED), {}, "template_paused"),
        (reminder(TemplateStatus.DISABLED), {}, "template_disabled"),
        (reminder(TemplateStatus.PENDING), {}, "template_not_approved"),
        (reminder(TemplateStatus.DELETED), {}, "template_missing"),
        (
            reminder(category=TemplateCategory.MARKETING),
            {"has_stopped_marketing": True},
            "marketing_stopped",
        ),
        (reminder(), {"variables": {}}, "variable_missing"),
        (reminder(), {"has_stopped_marketing": True}, None),
    ],
)
def test_each_obstacle_to_a_template_has_its_reason(
    intention: Intention, changes: dict[str, Any], expected: str | None
) -> None:
    assert reason(intention, **({"variables": {"hari": "Jumat"}} | changes)) == expected


def test_a_template_is_filled_in_for_each_contact_and_counted_by_its_category() -> None:
    candidate = Candidate(
        details=ContactDetails(identities=(PHONE,), profile_name="Siti {hari}"),
        consents=frozenset(),
        has_opted_out=False,
        has_conversation=True,
        last_inbound_at=None,
        variables={"hari": "Jumat"},
    )
    intention = reminder()
    assert plain_text(intention.body_for(candidate)) == "Yth. Siti {hari}, sidang pada Jumat."
    assert intention.category == "utility"
    assert intended().category == "service"


def test_a_contact_is_in_a_plan_once() -> None:
    first, second = ContactId(UUID(int=5)), ContactId(UUID(int=6))
    assert broadcast_recipient_id_of(PLAN, first) == broadcast_recipient_id_of(PLAN, first)
    assert broadcast_recipient_id_of(PLAN, first) != broadcast_recipient_id_of(PLAN, second)


def test_the_words_are_frozen_with_their_digest() -> None:
    contact_id = ContactId(UUID(int=5))
    recipient_id = broadcast_recipient_id_of(PLAN, contact_id)

    def plan(words: str) -> PlanRecipient:
        return PlanRecipient(
            recipient_id=recipient_id,
            broadcast_id=BroadcastId(UUID(int=1)),
            plan_id=PLAN,
            contact_id=contact_id,
            conversation_id=ConversationId(UUID(int=7)),
            body=text(words),
        )

    (planned,) = (
        given(BroadcastRecipient).when(plan("Halo Siti")).then_kinds(BroadcastRecipientPlanned)
    )
    assert planned.body_digest == digest(text("Halo Siti"))
    given(BroadcastRecipient).when(plan(" ")).then_refused(InvalidInput)


def test_the_digest_of_a_plan_knows_every_message_and_no_order() -> None:
    one, two = (UUID(int=1), "a"), (UUID(int=2), "b")
    assert plan_bytes(PLAN, [one, two]) == plan_bytes(PLAN, [two, one])
    different = [[one], [one, (UUID(int=2), "c")], [one, (UUID(int=3), "b")], [one, two, two]]
    assert all(plan_bytes(PLAN, entries) != plan_bytes(PLAN, [one, two]) for entries in different)
    assert plan_bytes(BroadcastPlanId(UUID(int=9)), [one, two]) != plan_bytes(PLAN, [one, two])
