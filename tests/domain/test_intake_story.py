"""The intake from the first message to the closing words, with the policies running."""

import pytest

from domain.assessment import AssessmentPurpose
from domain.contact import ConsentGranted, ConsentPurpose, ConsentRefused
from domain.conversation import Conversation, ConversationStarted
from domain.effects import AssessMessage
from domain.intake import (
    HandOverReason,
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeFollowUpReceived,
    IntakeQuestionAnswered,
    IntakeQuestionAsked,
)
from domain.intake_session import IntakeState
from domain.message_content import (
    ButtonReplyContent,
    MediaContent,
    ReactionContent,
    TextContent,
)
from domain.outbound_message import ApprovalKind, MessagePurpose
from tests.domain.given import OPERATOR, digest
from tests.domain.story import CONTACT_ID, CONVERSATION_ID, Story


@pytest.fixture
def story() -> Story:
    return Story()


def asked(story: Story) -> list[str]:
    return [event.question_key for event in story.happened(IntakeQuestionAsked)]


def test_the_first_message_starts_a_conversation_and_asks_for_consent(story: Story) -> None:
    first = story.writes("Halo, mau tanya soal warisan")
    (started,) = story.happened(ConversationStarted)
    assert started.first_message_id == first.message_id
    (question,) = story.requested()
    assert question.purpose is MessagePurpose.CONSENT_QUESTION
    assert "Selamat datang di Kantor Hukum Melati, Siti." in story.last_words()
    assert story.session.state is IntakeState.CONSENT
    assert story.effects == []


def test_automatic_words_are_approved_by_the_human_who_published_them(story: Story) -> None:
    story.writes("Halo")
    (question,) = story.requested()
    assert question.approval.kind is ApprovalKind.PUBLISHED_TEXT
    assert question.approval.approved_by == OPERATOR
    assert question.approval.body_digest == digest(question.content.body)
    published = next(r for r in story.journal.records if r.topic == "intake.flow_published.v1")
    assert question.approval.event_id == published.event_id


def test_with_consent_the_proof_is_kept_and_the_first_message_is_triaged(story: Story) -> None:
    first = story.writes("Halo")
    shown = story.last_words()
    answer = story.taps("Setuju")
    (proof,) = story.happened(ConsentGranted)
    assert proof.purposes == (ConsentPurpose.INTAKE, ConsentPurpose.ASSISTANCE)
    assert proof.content.question == shown
    assert proof.content.answer == "Setuju"
    assert proof.message_id == answer.message_id
    assert story.contact.has_consented(ConsentPurpose.INTAKE)
    (effect,) = story.effects
    assert isinstance(effect, AssessMessage)
    assert effect.message_id == first.message_id
    assert effect.purpose is AssessmentPurpose.TRIAGE
    assert asked(story) == ["consent", "deadline_or_date"]


def test_without_a_deadline_the_question_for_its_date_is_left_out(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.taps("Tidak")
    assert asked(story)[-1] == "full_name"


def test_with_a_deadline_its_date_is_asked_first(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.taps("Ya")
    assert asked(story)[-1] == "deadline_when"
    story.writes("Senin depan, sidang pertama")
    assert asked(story)[-1] == "full_name"


def test_the_last_answer_completes_the_intake_and_asks_for_a_review(story: Story) -> None:
    story.completes_the_intake()
    (completed,) = story.happened(IntakeCompleted)
    assert story.requested()[-1].purpose is MessagePurpose.NOTICE
    assert story.last_words().startswith("Terima kasih, Siti. Keterangan Anda sudah kami terima")
    assert story.effects[-1].purpose is AssessmentPurpose.REVIEW
    assert story.effects[-1].message_id == completed.message_id
    answers = story.happened(IntakeQuestionAnswered)
    assert [answer.topic for answer in answers] == [
        "deadline_or_date",
        "full_name",
        "opposing_party",
        "location_or_court",
        "key_facts",
        "documents",
        "desired_outcome",
        "contact_time",
    ]
    assert answers[1].content.text == "Siti Rahmawati"
    assert story.refusals == []


def test_what_follows_a_completed_intake_is_reviewed_and_asks_nothing(story: Story) -> None:
    story.completes_the_intake()
    before = len(story.requested())
    again = story.writes("Ada surat baru dari PT Sewa")
    (follow_up,) = story.happened(IntakeFollowUpReceived)
    assert follow_up.message_id == again.message_id
    assert story.effects[-1].message_id == again.message_id
    assert len(story.requested()) == before


def test_a_refusal_is_acknowledged_and_no_assistant_reads_anything(story: Story) -> None:
    story.writes("Halo")
    story.taps("Tidak")
    assert len(story.happened(ConsentRefused)) == 1
    assert story.requested()[-1].purpose is MessagePurpose.NOTICE
    assert "Kami menghormati keputusan Anda" in story.last_words()
    story.writes("Tapi saya tetap mau cerita")
    assert story.effects == []
    assert asked(story) == ["consent"]


def test_who_refused_may_still_agree_later_and_the_intake_goes_on(story: Story) -> None:
    story.writes("Halo")
    story.taps("Tidak")
    story.writes("Setuju")
    assert story.contact.has_consented(ConsentPurpose.ASSISTANCE)
    assert asked(story) == ["consent", "deadline_or_date"]


def test_words_that_are_no_answer_to_the_consent_question_are_asked_about_once(
    story: Story,
) -> None:
    story.writes("Selamat siang")
    story.writes("Suami saya ditahan")
    assert [q.repeated for q in story.happened(IntakeQuestionAsked)] == [False, True]
    story.writes("Mohon bantuannya segera")
    assert story.session.state is IntakeState.HANDED_OVER
    assert story.session.hand_over_reason is HandOverReason.NOT_UNDERSTOOD
    assert len(story.requested()) == 2
    story.writes("ok setuju")
    assert asked(story)[-1] == "deadline_or_date"


def test_an_answer_that_matches_no_option_is_asked_about_once_and_then_taken_as_it_is(
    story: Story,
) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.writes("Kurang tahu juga ya kak")
    assert asked(story)[-2:] == ["deadline_or_date", "deadline_or_date"]
    story.writes("Sidangnya tanggal 5")
    (answer,) = story.happened(IntakeQuestionAnswered)
    assert answer.option_id is None
    assert answer.content.text == "Sidangnya tanggal 5"
    assert asked(story)[-1] == "deadline_when"


def test_a_tap_on_a_button_of_an_earlier_question_answers_nothing(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.writes(ButtonReplyContent(title="Tidak", reply_id="consent:refuse"))
    assert story.happened(IntakeQuestionAnswered) == []
    assert story.contact.has_consented(ConsentPurpose.INTAKE)


def up_to_the_documents(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.taps("Tidak")
    for answer in ("Siti Rahmawati", "PT Sewa", "Bandung", "Sewa diputus"):
        story.writes(answer)


def photo() -> MediaContent:
    return MediaContent(media="image", media_id="1")


def test_a_photo_answers_the_question_for_documents_and_further_ones_belong_to_it(
    story: Story,
) -> None:
    up_to_the_documents(story)
    story.writes(photo())
    assert asked(story)[-1] == "desired_outcome"
    story.writes(photo())
    story.writes(MediaContent(media="document", media_id="2", caption="kontrak"))
    assert story.session.open_key == "desired_outcome"
    assert asked(story).count("desired_outcome") == 1
    story.writes("Uang kembali")
    assert asked(story)[-1] == "contact_time"


def test_a_voice_message_is_asked_about_once_and_then_taken(story: Story) -> None:
    story.writes("Halo")
    story.taps("Setuju")
    story.taps("Tidak")
    voice = MediaContent(media="audio", media_id="1", is_voice=True)
    story.writes(voice)
    assert asked(story)[-2:] == ["full_name", "full_name"]
    story.writes(voice)
    assert asked(story)[-1] == "opposing_party"


def test_a_reaction_moves_nothing(story: Story) -> None:
    story.writes("Halo")
    story.writes(ReactionContent(target_wamid="wamid.0", emoji="👍"))
    assert asked(story) == ["consent"]


def test_what_is_said_in_a_group_moves_no_intake(story: Story) -> None:
    story.writes("Halo semua", in_group=True)
    assert asked(story) == []
    assert story.load(Conversation, CONVERSATION_ID).exists


def test_without_a_published_flow_a_message_just_waits_for_a_person() -> None:
    story = Story(published=False)
    story.writes("Halo")
    assert story.load(Conversation, CONVERSATION_ID).contact_id == CONTACT_ID
    assert story.requested() == []
    story.writes("stop")
    assert story.requested() == []


def test_a_session_keeps_the_version_of_the_flow_with_which_it_began(story: Story) -> None:
    story.writes("Halo")
    story.publish(version=2)
    story.taps("Setuju")
    assert [q.flow_version for q in story.happened(IntakeQuestionAsked)] == [1, 1]


def test_a_name_that_looks_like_a_variable_is_not_filled_in_again(story: Story) -> None:
    story.writes(TextContent(body="Halo"))
    story.taps("Setuju")
    assert "{" not in story.last_words()
    assert len(story.happened(IntakeConsentGiven)) == 1
