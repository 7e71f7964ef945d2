"""The next intake question: the first topic that the conversation has not settled."""

import pytest

from domain.ports.assistant import IntakeState, IntakeTopic, Urgency, next_intake_topic

ORDER = [
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


def next_of(urgency: Urgency = Urgency.NORMAL, *, danger: bool = False, **state: object) -> str:
    return next_intake_topic(
        IntakeState(**state),  # type: ignore[arg-type]
        urgency=urgency,
        is_person_in_danger=danger,
    )


@pytest.mark.parametrize("count", range(len(ORDER)))
def test_topics_are_asked_in_order(count: int) -> None:
    assert next_of(answered=frozenset(ORDER[:count])) == ORDER[count]


def test_after_the_last_topic_a_person_takes_over() -> None:
    assert next_of(answered=frozenset(ORDER)) == IntakeTopic.NONE_HANDOVER


def test_an_opposing_party_is_not_asked_for_where_there_is_none() -> None:
    answered = frozenset(ORDER[:3])
    assert next_of(answered=answered, has_opposing_party=False) == IntakeTopic.LOCATION_OR_COURT


def test_refused_consent_and_a_running_matter_go_to_a_person() -> None:
    assert next_of(consent_refused=True) == IntakeTopic.NONE_HANDOVER
    assert next_of(has_running_matter=True) == IntakeTopic.NONE_HANDOVER


def test_a_stop_ends_every_question() -> None:
    assert next_of(is_stopped=True, danger=True) == IntakeTopic.NONE_STOP


def test_an_open_question_is_not_asked_twice() -> None:
    assert next_of(open_question=IntakeTopic.FULL_NAME) == IntakeTopic.NONE_WAIT


def test_an_emergency_asks_for_the_place_first() -> None:
    assert next_of(Urgency.EMERGENCY) == IntakeTopic.LOCATION_OR_COURT
    place = frozenset({IntakeTopic.LOCATION_OR_COURT})
    assert next_of(Urgency.EMERGENCY, answered=place) == IntakeTopic.CONSENT
    both = place | {IntakeTopic.CONSENT}
    assert next_of(Urgency.EMERGENCY, answered=both) == IntakeTopic.NONE_HANDOVER


def test_a_person_in_danger_comes_before_everything_but_a_stop() -> None:
    assert next_of(Urgency.EMERGENCY, danger=True) == IntakeTopic.SAFETY_NOW
    assert next_of(Urgency.EMERGENCY, danger=True, has_running_matter=True) == "safety_now"
    asked = {"danger": True, "open_question": IntakeTopic.SAFETY_NOW}
    assert next_of(Urgency.EMERGENCY, **asked) == IntakeTopic.NONE_WAIT  # type: ignore[arg-type]
