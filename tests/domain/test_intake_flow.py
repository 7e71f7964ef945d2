"""The firm's words: published by a human, able to be sent, and every branch comes to an end."""

from typing import Any

import msgspec
import pytest

from domain.automatic_text import VARIABLES
from domain.errors import HumanRequired, InvalidInput
from domain.identity import intake_flow_stream_of
from domain.intake import (
    END_OF_INTAKE,
    AnswerOption,
    IntakeFlow,
    IntakeFlowPublished,
    IntakeQuestion,
)
from domain.intake_flow import IntakeFlows, PublishIntakeFlow, check_flow
from domain.ports.assistant import IntakeTopic
from domain.standard_intake import standard_intake
from tests.domain.given import ASSISTANT, OPERATOR, SYSTEM, TENANT, given
from tests.domain.memory_journal import START

FLOW = standard_intake()
PUBLISHED = IntakeFlowPublished(tenant_id=TENANT, flow=FLOW)
QUESTION = IntakeQuestion(key="name", topic="full_name", text="Nama Anda?")


def publish(flow: IntakeFlow = FLOW) -> PublishIntakeFlow:
    return PublishIntakeFlow(tenant_id=TENANT, flow=flow)


def changed(**changes: Any) -> IntakeFlow:
    return msgspec.structs.replace(FLOW, **changes)


def asking(*questions: IntakeQuestion) -> IntakeFlow:
    return changed(questions=questions)


def question(**changes: Any) -> IntakeQuestion:
    return msgspec.structs.replace(QUESTION, **changes)


def test_a_human_publishes_the_words_of_the_firm() -> None:
    given(IntakeFlows).when(publish(), by=OPERATOR).then(PUBLISHED)


@pytest.mark.parametrize("actor", [ASSISTANT, SYSTEM])
def test_no_part_of_the_system_publishes_words(actor: Any) -> None:
    given(IntakeFlows).when(publish(), by=actor).then_refused(HumanRequired)


def test_versions_follow_each_other() -> None:
    second = standard_intake(version=2)
    given(IntakeFlows, PUBLISHED).when(publish(second)).then_kinds(IntakeFlowPublished)
    error = (
        given(IntakeFlows, PUBLISHED)
        .when(publish())
        .then_refused(InvalidInput, field=("flow", "version"))
    )
    assert "version 2" in error.next_step


def test_the_latest_version_is_known_with_the_human_who_published_it() -> None:
    case = given(IntakeFlows, PUBLISHED).when(publish(standard_intake(version=2)))
    case.then_kinds(IntakeFlowPublished)
    first = case.aggregate.publications[1]
    assert (first.flow, first.published_by, first.published_at) == (FLOW, OPERATOR, START)
    assert IntakeFlows(intake_flow_stream_of(TENANT)).latest is None


@pytest.mark.parametrize(
    ("flow", "field"),
    [
        (changed(language="Indonesian"), ("flow", "language")),
        (changed(variables=("firm_name", "phone")), ("flow", "variables")),
        (changed(variables=("contact_name",)), ("flow", "consent", "text")),
        (changed(questions=()), ("flow", "questions")),
        (asking(*(question(key=f"q{i}") for i in range(31))), ("flow", "questions")),
        (asking(question(key="Full Name")), ("flow", "questions", "0", "key")),
        (asking(QUESTION, QUESTION), ("flow", "questions", "1", "key")),
        (asking(question(key="consent")), ("flow", "questions", "0", "key")),
        (asking(question(key=END_OF_INTAKE)), ("flow", "questions", "0", "key")),
        (asking(question(topic="weather")), ("flow", "questions", "0", "topic")),
        (asking(question(text="")), ("flow", "questions", "0", "text")),
        (asking(question(text="Halo {nama}")), ("flow", "questions", "0", "text")),
        (asking(question(text="x" * 4090 + "{firm_name}")), ("flow", "questions", "0", "text")),
        (asking(question(leads_to="later")), ("flow", "questions", "0", "leads_to")),
        (
            asking(QUESTION, question(key="b", leads_to="name")),
            ("flow", "questions", "1", "leads_to"),
        ),
        (asking(question(leads_to="name")), ("flow", "questions", "0", "leads_to")),
        (asking(question(leads_to="consent")), ("flow", "questions", "0", "leads_to")),
        (
            asking(question(options=(AnswerOption(id="a b", title="Ya"),))),
            ("flow", "questions", "0", "options", "0", "id"),
        ),
        (
            asking(question(options=(AnswerOption(id="a", title="x" * 21),))),
            ("flow", "questions", "0", "options", "0", "title"),
        ),
        (
            asking(question(options=(AnswerOption(id="a", title="Ya", leads_to="name"),))),
            ("flow", "questions", "0", "options", "0", "leads_to"),
        ),
        (
            asking(question(options=tuple(AnswerOption(id=i, title=i) for i in "abcd"))),
            ("flow", "questions", "0", "options"),
        ),
        (
            asking(question(options=tuple(AnswerOption(id="a", title=i) for i in "ab"))),
            ("flow", "questions", "0", "buttons"),
        ),
        (changed(consent_yes="yes"), ("flow", "consent_yes")),
        (changed(consent_no="no"), ("flow", "consent_no")),
        (changed(consent_no="agree"), ("flow", "consent_no")),
        (changed(closing=""), ("flow", "closing")),
        (changed(refused="{phone}"), ("flow", "refused")),
        (changed(opt_out_confirmation="x" * 4097), ("flow", "opt_out_confirmation")),
    ],
)
def test_a_flow_that_cannot_be_sent_or_never_ends_is_refused(
    flow: IntakeFlow, field: tuple[str, ...]
) -> None:
    given(IntakeFlows).when(publish(flow), by=OPERATOR).then_refused(InvalidInput, field=field)


def test_branches_may_skip_questions_or_end_the_intake() -> None:
    check_flow(
        asking(
            question(options=(AnswerOption(id="yes", title="Ya", leads_to="last"),)),
            question(key="middle", leads_to=END_OF_INTAKE),
            question(key="last"),
        )
    )


def test_the_standard_intake_asks_the_topics_in_their_order() -> None:
    topics = [FLOW.consent.topic, *dict.fromkeys(q.topic for q in FLOW.questions)]
    assert topics == [
        IntakeTopic.CONSENT,
        IntakeTopic.DEADLINE_OR_DATE,
        IntakeTopic.FULL_NAME,
        IntakeTopic.OPPOSING_PARTY,
        IntakeTopic.LOCATION_OR_COURT,
        IntakeTopic.KEY_FACTS,
        IntakeTopic.DOCUMENTS,
        IntakeTopic.DESIRED_OUTCOME,
        IntakeTopic.CONTACT_TIME,
    ]


def test_the_standard_consent_names_the_law_both_purposes_and_the_way_back() -> None:
    words = FLOW.consent.text
    for needed in (
        "UU No. 27 Tahun 2022",
        "1. ",
        "2. ",
        "menolak",
        "CABUT PERSETUJUAN",
        "BERHENTI",
        "Apakah Anda setuju?",
    ):
        assert needed in words
    assert [option.title for option in FLOW.consent.options] == ["Setuju", "Tidak"]


def test_the_standard_words_fit_with_the_longest_names() -> None:
    check_flow(FLOW)
    assert FLOW.variables == VARIABLES
