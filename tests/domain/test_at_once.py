"""What a person waits for is stored together with what the person did."""

import pytest

from domain import policies
from domain.body_digest import body_digest
from domain.draft import ApproveDraft, DraftApproved, WriteReply
from domain.errors import NotFound, StoreUnavailable
from domain.event import EventRecord
from domain.identity import DraftId, outbound_id_after
from domain.outbound_body import TextBody
from domain.outbound_message import OutboundRequested
from domain.reader import Reader
from infrastructure.unique_ids import new_id
from tests.domain.given import LAWYER, TENANT
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, Story

BODY = TextBody(text="Kami akan bantu.")


@pytest.fixture
def story() -> Story:
    story = Story()
    story.writes("Halo")
    story.run_policies()
    return story


def reply(story: Story) -> WriteReply:
    return WriteReply(
        draft_id=DraftId(new_id()),
        conversation_id=CONVERSATION_ID,
        contact_id=CONTACT_ID,
        body=BODY,
        body_digest=body_digest(story.vault, TENANT, BODY),
    )


def requests_of(story: Story, command: WriteReply) -> list[EventRecord]:
    wanted = outbound_id_after(command.draft_id)
    return [record for record in story.journal.records if record.stream_id == wanted]


def test_a_reply_is_asked_to_be_sent_together_with_its_approval(story: Story) -> None:
    command = reply(story)
    outcome = story.handle(command)
    (requested,) = requests_of(story, command)
    approved = next(r for r in outcome.records if isinstance(r.event, DraftApproved))
    assert isinstance(requested.event, OutboundRequested)
    assert requested.causation_id == approved.event_id
    assert requested.actor.id == "policies"
    assert requested.event.approval.approved_by == LAWYER


def test_the_outcome_tells_of_the_command_alone(story: Story) -> None:
    command = reply(story)
    outcome = story.handle(command)
    assert {record.stream_id for record in outcome.records} == {command.draft_id}
    assert outcome.aggregate.version == len(outcome.records)


def test_the_follower_of_the_policies_asks_for_nothing_twice(story: Story) -> None:
    command = reply(story)
    story.handle(command)
    story.run_policies()
    assert len(requests_of(story, command)) == 1
    assert story.refusals == []


def test_an_approval_that_an_older_program_stored_is_followed_up_by_the_follower(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = reply(story)
    with monkeypatch.context() as older:
        older.setattr(policies, "AT_ONCE", ())
        story.handle(command)
    assert requests_of(story, command) == []
    story.run_policies()
    assert len(requests_of(story, command)) == 1


def test_an_approval_stands_although_the_domain_refuses_what_follows(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_record: EventRecord, _read: Reader) -> list[ApproveDraft]:
        raise NotFound("There is no such thing.")

    monkeypatch.setattr(policies, "AT_ONCE", ((DraftApproved, refuse),))
    command = reply(story)
    assert len(story.handle(command).records) == 2


def test_nothing_is_approved_while_the_store_cannot_be_read(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_record: EventRecord, read: Reader) -> list[ApproveDraft]:
        raise StoreUnavailable("The store is away.")

    monkeypatch.setattr(policies, "AT_ONCE", ((DraftApproved, unreachable),))
    command = reply(story)
    with pytest.raises(StoreUnavailable):
        story.handle(command)
    assert story.journal.load(TENANT, command.draft_id) == []


def test_what_is_carried_out_at_once_stands_among_the_policies_as_well() -> None:
    assert set(policies.AT_ONCE) <= set(policies.POLICIES)
