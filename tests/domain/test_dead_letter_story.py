"""What was given up is told to the firm once; its words may go back as a draft."""

from typing import Any
from uuid import UUID

import pytest

from domain.dead_letter import (
    DeadLetter,
    DeadLetterDiscarded,
    DeadLetterKind,
    DeadLetterOpened,
    DeadLetterRetried,
    OpenDeadLetter,
    RetryDeadLetter,
    dead_letter_id_of,
)
from domain.delivery_state import DeliveryState
from domain.draft import Draft, DraftApproved, DraftReturned, DraftState
from domain.draft_return import ReturnToDraft, returned_draft_id
from domain.errors import AlreadyExists, HumanRequired
from domain.event import Event
from domain.outbound_message import (
    Approval,
    ApprovalKind,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundMessage,
    OutboundRefused,
)
from domain.outbound_return import CloseReturned, NotReturnable, require_returnable
from domain.outbound_timing import OutboundCancelled
from domain.policies_on_dead_letters import tell_given_up_message
from domain.provenance import Actor
from infrastructure.unique_ids import new_id
from tests.domain.given import LAWYER, OPERATOR, SYSTEM, given
from tests.domain.samples import sample_of
from tests.domain.test_outbound_message import ID, REQUESTED, WORDS
from tests.domain.test_policies import record
from tests.domain.test_sending_rules import IN_DOUBT, STARTED

ITEM = new_id()
OPENED = sample_of(DeadLetterOpened, occurrence=None)
FAILED = sample_of(OutboundFailed, outbound_message_id=ID, attempt=1, defect=None)
REFUSED = sample_of(OutboundRefused, outbound_message_id=ID)


def opening(**facts: Any) -> OpenDeadLetter:
    given_facts: dict[str, Any] = {
        "dead_letter_id": dead_letter_id_of(ITEM),
        "item_id": ITEM,
        "kind": DeadLetterKind.ASSESSMENT,
        "cause": "time_limit",
        "attempts": 5,
    }
    return OpenDeadLetter(**(given_facts | facts))


def test_a_letter_is_opened_once_until_a_person_decides_about_it() -> None:
    given(DeadLetter).when(opening(), by=SYSTEM).then_kinds(DeadLetterOpened)
    given(DeadLetter, OPENED).when(opening(), by=SYSTEM).then_nothing()
    for decision in (DeadLetterRetried, DeadLetterDiscarded):
        past: tuple[Event, ...] = (OPENED, sample_of(decision))
        given(DeadLetter, *past).when(opening(), by=SYSTEM).then_kinds(DeadLetterOpened)


def test_an_occurrence_is_told_once_whatever_was_decided_meanwhile() -> None:
    first, second = new_id(), new_id()
    past = (sample_of(DeadLetterOpened, occurrence=first), sample_of(DeadLetterDiscarded))
    given(DeadLetter, *past).when(opening(occurrence=first), by=SYSTEM).then_nothing()
    again = opening(occurrence=second)
    given(DeadLetter, *past).when(again, by=SYSTEM).then_kinds(DeadLetterOpened)


def test_only_a_person_lets_work_be_done_once_more() -> None:
    retry = RetryDeadLetter(
        dead_letter_id=dead_letter_id_of(ITEM), item_id=ITEM, kind=DeadLetterKind.DRAFT
    )
    given(DeadLetter, OPENED).when(retry, by=OPERATOR).then_kinds(DeadLetterRetried)
    given(DeadLetter, OPENED).when(retry, by=SYSTEM).then_refused(HumanRequired)


def returning() -> ReturnToDraft:
    return ReturnToDraft(
        draft_id=returned_draft_id(ID),
        conversation_id=REQUESTED.conversation_id,
        contact_id=REQUESTED.contact_id,
        outbound_message_id=ID,
        body=WORDS,
    )


def test_words_that_were_given_up_wait_as_a_draft_for_an_approval_of_their_own() -> None:
    (returned,) = given(Draft).when(returning(), by=LAWYER).then_kinds(DraftReturned)
    draft = Draft.replay(returned_draft_id(ID), [returned])
    assert (draft.state, draft.body) == (DraftState.SUGGESTED, WORDS)
    assert not isinstance(returned, DraftApproved)
    given(Draft, returned).when(returning(), by=LAWYER).then_refused(AlreadyExists)


@pytest.mark.parametrize("by", [SYSTEM, OPERATOR])
def test_nobody_but_a_member_takes_words_back(by: Actor) -> None:
    given(Draft).when(returning(), by=by).then_refused(HumanRequired)


CLOSE = CloseReturned(outbound_message_id=ID)


@pytest.mark.parametrize("past", [(REQUESTED, REFUSED), (REQUESTED, STARTED, FAILED)])
def test_a_message_whose_words_went_back_is_never_sent(past: tuple[Event, ...]) -> None:
    closed = given(OutboundMessage, *past).when(CLOSE, by=SYSTEM).then_kinds(OutboundCancelled)
    assert OutboundMessage.replay(ID, [*past, *closed]).state is DeliveryState.CANCELLED


@pytest.mark.parametrize("past", [(REQUESTED, STARTED), IN_DOUBT])
def test_what_may_have_arrived_is_not_taken_back(past: tuple[Event, ...]) -> None:
    given(OutboundMessage, *past).when(CLOSE, by=SYSTEM).then_nothing()
    with pytest.raises(NotReturnable):
        require_returnable(OutboundMessage.replay(ID, past))


def test_published_words_do_not_become_a_draft() -> None:
    published = sample_of(Approval, kind=ApprovalKind.PUBLISHED_TEXT)
    requested = sample_of(type(REQUESTED), outbound_message_id=ID, approval=published)
    with pytest.raises(NotReturnable):
        require_returnable(OutboundMessage.replay(ID, [requested, REFUSED]))


class Loaded:
    """A reader of one message, on which two attempts were made by now."""

    def load(self, _kind: Any, _stream_id: UUID) -> OutboundMessage:
        again = sample_of(OutboundAttemptStarted, outbound_message_id=ID, attempt=2)
        return OutboundMessage.replay(ID, [REQUESTED, STARTED, FAILED, again])


def test_each_failure_is_told_although_the_next_attempt_has_begun_by_then() -> None:
    of_second = sample_of(OutboundFailed, outbound_message_id=ID, attempt=2, defect=None)
    of_the_hub = sample_of(OutboundFailed, outbound_message_id=ID, attempt=2)
    reader: Any = Loaded()
    told = []
    for failed in (FAILED, of_second, of_the_hub):
        (command,) = tell_given_up_message(record(failed), reader)
        assert isinstance(command, OpenDeadLetter)
        told.append(command.occurrence)
    assert len(set(told)) == len(told)
