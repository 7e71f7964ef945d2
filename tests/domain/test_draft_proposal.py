"""Words that an external system proposes wait for a member."""

from typing import Any
from uuid import UUID

import pytest

from domain.draft import ApproveDraft, Draft, DraftApproved, DraftProposed, DraftState, RejectDraft
from domain.draft_proposal import ProposeDraft
from domain.errors import AlreadyExists, Forbidden, HumanRequired, InvalidInput
from domain.identity import DraftId
from domain.provenance import Actor, ActorKind
from tests.domain.given import ASSISTANT, LAWYER, OPERATOR, SYSTEM, digest, given, text
from tests.domain.samples import sample_of

ID = DraftId(UUID(int=1))
ERP = Actor(kind=ActorKind.INTEGRATION, id=str(UUID(int=7)))
WORDS = text("Tagihan Anda sudah jatuh tempo.")


def propose(**changes: Any) -> ProposeDraft:
    facts: dict[str, Any] = {"draft_id": ID, "body": WORDS, "expected_version": None}
    return sample_of(ProposeDraft, **(facts | changes))


def proposed() -> Draft:
    (event,) = given(Draft).when(propose(), by=ERP).then_kinds(DraftProposed)
    return Draft.replay(ID, [event])


def test_what_an_integration_proposes_waits_for_a_member() -> None:
    draft = proposed()
    assert draft.state is DraftState.SUGGESTED
    assert draft.body == WORDS


@pytest.mark.parametrize(
    "actor",
    [ASSISTANT, SYSTEM, OPERATOR, LAWYER, Actor(kind=ActorKind.INTEGRATION, id="no id")],
)
def test_nobody_but_an_integration_proposes(actor: Actor) -> None:
    given(Draft).when(propose(), by=actor).then_refused(Forbidden)


def test_what_meta_would_refuse_is_refused_before_a_member_sees_it() -> None:
    empty = propose(body=text(""))
    given(Draft).when(empty, by=ERP).then_refused(InvalidInput, field=("body", "text"))


def test_a_draft_is_proposed_once() -> None:
    event = sample_of(DraftProposed, draft_id=ID)
    given(Draft, event).when(propose(), by=ERP).then_refused(AlreadyExists)


def test_a_member_approves_a_proposal_and_the_integration_cannot() -> None:
    event = given(Draft).when(propose(), by=ERP).then_kinds(DraftProposed)[0]
    approve = ApproveDraft(draft_id=ID, body_digest=digest(WORDS))
    given(Draft, event).when(approve, by=ERP).then_refused(HumanRequired)
    (approved,) = given(Draft, event).when(approve, by=LAWYER).then_kinds(DraftApproved)
    assert approved.edited is False
    given(Draft, event).when(RejectDraft(draft_id=ID), by=ERP).then_refused(HumanRequired)
