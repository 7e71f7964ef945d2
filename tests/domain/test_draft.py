"""A draft: the assistant suggests, a member decides, and only once."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.draft import (
    ApproveDraft,
    Draft,
    DraftAlreadyDecided,
    DraftApproved,
    DraftContent,
    DraftIsErased,
    DraftRejected,
    DraftState,
    DraftSuggested,
    DraftSuggestionFailed,
    DraftSuperseded,
    DraftWritten,
    RejectDraft,
    WriteReply,
)
from domain.draft_suggestion import FailSuggestion, RecordSuggestion, SupersedeDraft
from domain.errors import AlreadyExists, HumanRequired, InvalidInput, NotFound
from domain.event import Erased, Event
from domain.identity import DraftId
from domain.outbound_body import BodyDigestMismatch, ButtonsBody, ReplyButton
from domain.provenance import Actor, ActorKind
from tests.domain.given import ASSISTANT, LAWYER_ID, OPERATOR, SYSTEM, digest, given, text
from tests.domain.samples import sample_of

ID = DraftId(UUID(int=1))
WORDS = text("Terima kasih, kami pelajari.")
EDITED = text("Terima kasih Bu Siti, kami pelajari.")
SUGGESTED = sample_of(DraftSuggested, draft_id=ID, content=DraftContent(body=WORDS))
FAILED = sample_of(DraftSuggestionFailed, draft_id=ID)
SUPERSEDED = sample_of(DraftSuperseded, draft_id=ID)
REJECTED = sample_of(DraftRejected, draft_id=ID)
APPROVED = sample_of(DraftApproved, draft_id=ID)
WRITTEN = sample_of(DraftWritten, draft_id=ID)

NOT_A_MEMBER = [ASSISTANT, SYSTEM, OPERATOR, Actor(kind=ActorKind.MEMBER, id="not an id")]
NOT_A_MEMBER += [
    Actor(kind=kind, id=str(LAWYER_ID)) for kind in ActorKind if kind is not ActorKind.MEMBER
]


def suggest(**changes: Any) -> RecordSuggestion:
    facts: dict[str, Any] = {"draft_id": ID, "body": WORDS, "reasons": ("asks the next topic",)}
    return sample_of(RecordSuggestion, **(facts | changes))


def approve(body: Any = None, body_digest: str | None = None) -> ApproveDraft:
    return ApproveDraft(draft_id=ID, body=body, body_digest=body_digest or digest(body or WORDS))


def write(**changes: Any) -> WriteReply:
    facts: dict[str, Any] = {
        "send_at": None,
        "draft_id": ID,
        "body": WORDS,
        "body_digest": digest(WORDS),
        "expected_version": None,
    }
    return sample_of(WriteReply, **(facts | changes))


def test_the_assistant_suggests_a_reply_that_waits_for_a_member() -> None:
    (event,) = given(Draft).when(suggest(), by=ASSISTANT).then_kinds(DraftSuggested)
    assert event.content == DraftContent(body=WORDS, reasons=("asks the next topic",))
    assert Draft.replay(ID, [event]).state is DraftState.SUGGESTED


@pytest.mark.parametrize("past", [SUGGESTED, SUPERSEDED])
@pytest.mark.parametrize("command", [suggest(), sample_of(FailSuggestion, draft_id=ID)])
def test_a_second_answer_of_the_assistant_is_ignored(past: Event, command: Any) -> None:
    given(Draft, past).when(command, by=ASSISTANT).then_nothing()


@pytest.mark.parametrize("command", [suggest(), sample_of(FailSuggestion, draft_id=ID)])
def test_a_failed_suggestion_may_be_tried_again(command: Any) -> None:
    assert len(given(Draft, FAILED).when(command, by=ASSISTANT).then_any()) == 1


def test_a_failed_suggestion_says_why() -> None:
    command = sample_of(FailSuggestion, draft_id=ID, reason="draft_withheld")
    (event,) = given(Draft).when(command, by=ASSISTANT).then_kinds(DraftSuggestionFailed)
    assert event.reason == "draft_withheld"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": text(" ")}, ("body", "text")),
        ({"confidence": 1.5}, ("confidence",)),
        ({"confidence": float("nan")}, ("confidence",)),
        ({"model": ""}, ("model",)),
        ({"reasons": ("x" * 501,)}, ("reasons", "0")),
    ],
)
def test_a_suggestion_out_of_its_limits_is_refused(
    changes: dict[str, Any], field: tuple[str, ...]
) -> None:
    given(Draft).when(suggest(**changes), by=ASSISTANT).then_refused(InvalidInput, field=field)


def test_a_member_approves_the_suggested_words_as_they_are() -> None:
    (event,) = given(Draft, SUGGESTED).when(approve()).then_kinds(DraftApproved)
    assert event.content == DraftContent(body=WORDS)
    assert event.body_digest == digest(WORDS)
    assert event.member_id == LAWYER_ID
    assert not event.edited


def test_a_member_approves_edited_words() -> None:
    (event,) = given(Draft, SUGGESTED).when(approve(EDITED)).then_kinds(DraftApproved)
    assert event.content.body == EDITED
    assert event.edited


def test_the_same_words_given_again_are_no_edit() -> None:
    (event,) = given(Draft, SUGGESTED).when(approve(WORDS)).then_kinds(DraftApproved)
    assert not event.edited


def test_a_digest_of_other_words_approves_nothing() -> None:
    given(Draft, SUGGESTED).when(approve(EDITED, digest(WORDS))).then_refused(BodyDigestMismatch)


def test_words_that_meta_would_refuse_are_not_approved() -> None:
    too_long = text("x" * 4097)
    given(Draft, SUGGESTED).when(approve(too_long)).then_refused(
        InvalidInput, field=("body", "text")
    )


@pytest.mark.parametrize("actor", NOT_A_MEMBER)
@pytest.mark.parametrize("command", [approve(), RejectDraft(draft_id=ID)])
def test_only_a_member_decides_on_a_draft(actor: Actor, command: Any) -> None:
    given(Draft, SUGGESTED).when(command, by=actor).then_refused(HumanRequired)


@pytest.mark.parametrize("actor", NOT_A_MEMBER)
def test_only_a_member_writes_a_reply(actor: Actor) -> None:
    given(Draft).when(write(), by=actor).then_refused(HumanRequired)


@pytest.mark.parametrize(
    ("decided", "state"),
    [
        (APPROVED, "approved"),
        (REJECTED, "rejected"),
        (SUPERSEDED, "superseded"),
    ],
)
@pytest.mark.parametrize("command", [approve(), RejectDraft(draft_id=ID)])
def test_a_draft_is_decided_once(decided: Event, state: str, command: Any) -> None:
    error = given(Draft, SUGGESTED, decided).when(command).then_refused(DraftAlreadyDecided)
    assert error.state == state
    assert error.code == "DRAFT_ALREADY_DECIDED"


def test_a_failed_suggestion_cannot_be_approved() -> None:
    given(Draft, FAILED).when(approve()).then_refused(DraftAlreadyDecided)


def test_an_unknown_draft_is_not_found() -> None:
    given(Draft).when(approve()).then_refused(NotFound)


def test_erased_words_are_approved_only_when_written_anew() -> None:
    erased = msgspec.structs.replace(SUGGESTED, content=Erased())
    given(Draft, erased).when(approve()).then_refused(DraftIsErased)
    (event,) = given(Draft, erased).when(approve(EDITED)).then_kinds(DraftApproved)
    assert event.edited


def test_a_member_rejects_a_draft_with_a_note() -> None:
    command = RejectDraft(draft_id=ID, note="Terlalu kaku.")
    (event,) = given(Draft, SUGGESTED).when(command).then_kinds(DraftRejected)
    assert event.content.note == "Terlalu kaku."
    assert event.member_id == LAWYER_ID


def test_a_note_has_a_limit() -> None:
    command = RejectDraft(draft_id=ID, note="x" * 2001)
    given(Draft, SUGGESTED).when(command).then_refused(InvalidInput, field=("note",))


def test_by_writing_a_reply_a_member_approves_it() -> None:
    written, approved = given(Draft).when(write()).then_kinds(DraftWritten, DraftApproved)
    assert written.content.body == approved.content.body == WORDS
    assert approved.member_id == LAWYER_ID
    assert Draft.replay(ID, [written, approved]).state is DraftState.APPROVED


def test_a_reply_with_the_id_of_a_known_draft_is_refused() -> None:
    given(Draft, SUGGESTED).when(write()).then_refused(AlreadyExists)


def test_a_reply_with_the_digest_of_other_words_is_refused() -> None:
    command = write(body_digest=digest(EDITED))
    given(Draft).when(command).then_refused(BodyDigestMismatch)


def test_a_reply_may_have_buttons_within_their_limits() -> None:
    buttons = ButtonsBody(text="Setuju?", buttons=(ReplyButton(id="y", title="x" * 21),))
    command = write(body=buttons, body_digest=digest(buttons))
    given(Draft).when(command).then_refused(InvalidInput, field=("body", "buttons", "0", "title"))


def test_a_waiting_draft_is_superseded_and_a_decided_one_stays() -> None:
    command = SupersedeDraft(draft_id=ID)
    given(Draft, SUGGESTED).when(command, by=SYSTEM).then_kinds(DraftSuperseded)
    for past in ([], [FAILED], [SUGGESTED, APPROVED], [SUGGESTED, SUPERSEDED], [WRITTEN]):
        given(Draft, *past).when(command, by=SYSTEM).then_nothing()
