"""What a contact means: tapped, typed in full, as a number, or as a word of yes or no."""

import pytest

from domain.automatic_text import addressed_name, fill, placeholders, question_body, reply_id
from domain.intake import AnswerOption, IntakeQuestion
from domain.intake_answer import Said, consent_option, matching_option, said_in, yes_or_no
from domain.keywords import OPT_OUT_PHRASES, is_phrase
from domain.message_content import (
    ButtonReplyContent,
    CallPermissionReplyContent,
    EditContent,
    ListReplyContent,
    LocationContent,
    MediaContent,
    MessageContent,
    PlaceholderContent,
    ReactionContent,
    RevokeContent,
    SystemNoticeContent,
    TextContent,
    UnsupportedContent,
    WelcomeRequestContent,
)
from domain.outbound_body import ButtonsBody, TextBody
from domain.standard_intake import standard_intake

QUESTION = IntakeQuestion(
    key="deadline",
    topic="deadline_or_date",
    text="Apakah ada batas waktu?",
    options=(
        AnswerOption(id="yes", title="Ya, ada"),
        AnswerOption(id="no", title="Tidak ada"),
        AnswerOption(id="unknown", title="Belum tahu"),
    ),
)


def meant(words: str) -> str | None:
    option = matching_option(QUESTION, Said(words=words))
    return option.id if option else None


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("Ya, ada", "yes"),
        ("ya ada", "yes"),
        ("TIDAK ADA.", "no"),
        ("belum tahu", "unknown"),
        ("Belum  tahu!!", "unknown"),
        ("1", "yes"),
        ("2.", "no"),
        ("no 3", "unknown"),
        ("pilihan 2", "no"),
        ("4", None),
        ("0", None),
        ("ya", "yes"),
        ("Iya pak", "yes"),
        ("yaaaaa", "yes"),
        ("ok", "yes"),
        ("okeee kak", "yes"),
        ("ada", "yes"),
        ("tidak", "no"),
        ("gak ada kak", "no"),
        ("nggak", "no"),
        ("tdk, terima kasih", "no"),
        ("ya tidak", None),
        ("ya tidak apa-apa", None),
        ("saya tidak tahu", None),
        ("tanggal 5 Desember", None),
        ("👍", None),
        ("", None),
    ],
)
def test_a_typed_answer_is_understood_or_not_guessed(words: str, option: str | None) -> None:
    assert meant(words) == option


CONSENT = standard_intake()


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("Setuju", "agree"),
        ("saya setuju", "agree"),
        ("iya boleh bu", "agree"),
        ("ok", "agree"),
        ("1", "agree"),
        ("Tidak", "refuse"),
        ("tidak setuju", "refuse"),
        ("saya ga mau", "refuse"),
        ("jangan", "refuse"),
        ("2", "refuse"),
        ("ada", None),
        ("ya saya punya", None),
        ("setuju kalau gratis", None),
        ("ya, tidak", None),
        ("saya", None),
        ("Halo, mau konsultasi", None),
    ],
)
def test_a_consent_is_read_strictly(words: str, option: str | None) -> None:
    found = consent_option(CONSENT, Said(words=words))
    assert (found.id if found else None) == option


def test_a_tapped_reply_counts_by_its_id_alone() -> None:
    for tapped in ("deadline:no", "no"):
        option = matching_option(QUESTION, Said(words="Ya, ada", reply_id=tapped))
        assert option is not None
        assert option.id == "no"
    for foreign in ("consent:yes", "someone-elses-id"):
        assert matching_option(QUESTION, Said(words="Ya, ada", reply_id=foreign)) is None
        assert consent_option(CONSENT, Said(words="Setuju", reply_id=foreign)) is None


def test_what_cannot_be_read_matches_nothing() -> None:
    voice = Said(words="Ya, ada", is_readable=False)
    assert matching_option(QUESTION, voice) is None
    assert consent_option(CONSENT, Said(words="Setuju", is_readable=False)) is None


def test_yes_and_no_need_words_that_say_so() -> None:
    assert yes_or_no("terima kasih pak") is None
    assert yes_or_no("silakan") is True
    assert yes_or_no("no") is False


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TextContent(body="Halo"), Said(words="Halo")),
        (TextContent(body="  "), Said(words="  ", is_readable=False)),
        (ButtonReplyContent(title="Ya", reply_id="q:yes"), Said(words="Ya", reply_id="q:yes")),
        (ListReplyContent(title="Ya", reply_id="q:yes"), Said(words="Ya", reply_id="q:yes")),
        (
            MediaContent(media="image", caption="KTP"),
            Said(words="KTP", is_file=True),
        ),
        (
            MediaContent(media="document", filename="a.pdf"),
            Said(words="Document: a.pdf", is_file=True, is_readable=False),
        ),
        (MediaContent(media="audio"), Said(words="Audio", is_readable=False)),
        (
            LocationContent(latitude=-6.2, longitude=106.8, name="Monas"),
            Said(words="Location: Monas"),
        ),
        (
            UnsupportedContent(),
            Said(words="Message that WhatsApp does not hand over", is_readable=False),
        ),
        (
            PlaceholderContent(message_type="poll", reason="unknown"),
            Said(words="Message of a kind not understood yet (poll)", is_readable=False),
        ),
    ],
)
def test_every_message_with_words_or_a_file_can_answer(content: MessageContent, said: Said) -> None:
    assert said_in(content) == said


@pytest.mark.parametrize(
    "content",
    [
        ReactionContent(target_wamid="w", emoji="👍"),
        RevokeContent(target_wamid="w"),
        EditContent(target_wamid="w", content=TextContent(body="baru")),
        WelcomeRequestContent(),
        SystemNoticeContent(),
        CallPermissionReplyContent(accepted=True),
    ],
)
def test_a_message_without_anything_said_answers_nothing(content: MessageContent) -> None:
    assert said_in(content) is None


def test_a_keyword_must_be_readable() -> None:
    assert is_phrase(Said(words="STOP"), OPT_OUT_PHRASES)
    assert not is_phrase(Said(words="STOP", is_readable=False), OPT_OUT_PHRASES)


def test_variables_are_filled_in_once() -> None:
    values = {"contact_name": "{firm_name}", "firm_name": "Melati"}
    assert fill("{contact_name} – {firm_name} {other}", values) == "{firm_name} – Melati {other}"
    assert placeholders("a {b} {c d} {}") == {"b", "c d", ""}


@pytest.mark.parametrize(
    ("profile_name", "name"),
    [
        ("Siti", "Siti"),
        ("  Siti\n Rahmawati\t", "Siti Rahmawati"),
        ("\u202eSiti\u200f\x00", "Siti"),
        ("x" * 500, "x" * 60),
        ("👩‍⚖️ Rina", "👩⚖️ Rina"),
        ("", "Bapak/Ibu"),
        ("\u200b \n", "Bapak/Ibu"),
        (None, "Bapak/Ibu"),
    ],
)
def test_a_contact_is_addressed_by_a_harmless_name(profile_name: str | None, name: str) -> None:
    assert addressed_name(profile_name) == name


def test_a_question_with_options_has_quick_replies_that_name_it() -> None:
    body = question_body(QUESTION, {})
    assert isinstance(body, ButtonsBody)
    assert [button.id for button in body.buttons] == [
        "deadline:yes",
        "deadline:no",
        "deadline:unknown",
    ]
    assert reply_id(QUESTION, QUESTION.options[0]) == "deadline:yes"
    plain = IntakeQuestion(key="name", topic="full_name", text="Nama {contact_name}?")
    assert question_body(plain, {"contact_name": "Siti"}) == TextBody(text="Nama Siti?")
