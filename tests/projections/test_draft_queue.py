"""The draft queue: what waits for a decision, in the order of urgency."""

from typing import Any

import pytest
from psycopg import Connection

from domain.assessment import AssessmentRecorded
from domain.draft import DraftApproved, DraftRejected, DraftSuggested, DraftSuperseded, DraftWritten
from domain.outbound_message import Approval, ApprovalKind, OutboundRequested
from projections.draft_queue import DraftQueue, DraftRow, drafts_by_id, waiting_drafts
from tests.domain.samples import sample_of
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.projections.happened import Happened, fold, named, shows

DRAFT = {"draft_id": named("draft"), "conversation_id": named("conversation")}


def row(happened: Happened) -> DraftRow:
    (found,) = fold(DraftQueue(), happened.records)
    assert isinstance(found, DraftRow)
    return found


def suggested(happened: Happened, name: str, urgency: str) -> None:
    assessment_id = named(f"assessment of {name}")
    happened.sample(AssessmentRecorded, assessment_id=assessment_id, urgency=urgency)
    happened.sample(
        DraftSuggested,
        draft_id=named(name),
        assessment_id=assessment_id,
        conversation_id=named(f"conversation of {name}"),
    )


def test_a_suggestion_carries_the_labels_of_its_assessment() -> None:
    happened = Happened()
    suggested(happened, "draft", "high")
    found = row(happened)
    assert (found.state, found.urgency, found.urgency_rank) == ("suggested", "high", 1)
    assert shows(found.content_sealed, happened.records[-1])
    assert found.version == 1


def test_an_approval_keeps_the_suggestion_beside_the_approved_words() -> None:
    happened = Happened()
    before = happened.sample(DraftSuggested, **DRAFT)
    approved = happened.sample(DraftApproved, member_id=named("lawyer"), edited=True, **DRAFT)
    approval = sample_of(Approval, kind=ApprovalKind.DRAFT, reference=named("draft"))
    happened.sample(OutboundRequested, outbound_message_id=named("sent"), approval=approval)
    found = row(happened)
    assert shows(found.content_sealed, before)
    assert shows(found.approved_content_sealed, approved)
    assert (found.state, found.edited, found.version) == ("approved", True, 2)
    assert (found.decided_by, found.decided_at) == (named("lawyer"), approved.occurred_at)
    assert found.outbound_message_id == named("sent")


def test_a_published_text_is_no_outcome_of_a_draft() -> None:
    happened = Happened()
    happened.sample(DraftSuggested, **DRAFT)
    approval = sample_of(Approval, kind=ApprovalKind.PUBLISHED_TEXT, reference=named("draft"))
    happened.sample(OutboundRequested, approval=approval)
    assert row(happened).outbound_message_id is None


@pytest.mark.parametrize(
    ("kind", "state"), [(DraftRejected, "rejected"), (DraftSuperseded, "superseded")]
)
def test_a_draft_leaves_the_queue(kind: Any, state: str) -> None:
    happened = Happened()
    happened.sample(DraftWritten, **DRAFT)
    ended = happened.sample(kind, **DRAFT)
    found = row(happened)
    assert (found.state, found.decided_at, found.version) == (state, ended.occurred_at, 2)


def test_the_most_urgent_draft_comes_first_in_pages_of_any_size(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    for name, urgency in (("a", "low"), ("b", "emergency"), ("c", "normal"), ("d", "emergency")):
        suggested(happened, name, urgency)
    happened.sample(DraftWritten, draft_id=named("e"), conversation_id=named("other"))
    happened.sample(DraftRejected, draft_id=named("c"))
    store(happened.take())
    follow_once(follow, ["draft_queue"])
    found: list[DraftRow] = []
    place = None
    while page := waiting_drafts(FIRM, limit=2, after=place).fetch(follow):
        found += page
        place = (page[-1].urgency_rank, page[-1].suggested_at, page[-1].draft_id)
    assert [draft.draft_id for draft in found] == [named(name) for name in "bdae"]
    assert waiting_drafts(OTHER_FIRM, limit=9).fetch(follow) == []
    (rejected,) = drafts_by_id(FIRM, [named("c")]).fetch(follow)
    assert rejected.state == "rejected"
    assert drafts_by_id(OTHER_FIRM, [named("c")]).fetch(follow) == []
