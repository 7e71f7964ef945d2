"""Scripted people play their part whatever the order of the questions."""

import msgspec
import pytest

from domain.intake import IntakeQuestion
from domain.standard_intake import standard_intake
from infrastructure.simulator import (
    ClockConfig,
    SimulatorClient,
    SimulatorConfig,
    SimulatorRefused,
    StatusTiming,
)
from infrastructure.simulator.people import ReceivedMessage
from infrastructure.simulator.scenario import (
    AnswerQuestions,
    Pattern,
    ScenarioInvalid,
    Wait,
    parse_scenario,
    scenario_names,
    shipped_scenario,
)
from tests.simulator.configurations import virtual_configuration
from tests.simulator.recording_hub import VERIFY_TOKEN, RecordingHub
from tests.simulator.scripted_hub import CLOSING, CONSENT, REPLY, Question, scripted

QUESTIONS: dict[str, Question] = {
    "name": ("Siapa nama lengkap Anda sesuai KTP?", ()),
    "opponent": ("Siapa pihak lawan dalam masalah ini?", ()),
    "place": ("Di mana lokasi objek atau pengadilannya?", ()),
    "deadline": ("Apakah ada tenggat atau tanggal penting?", ("Ya", "Tidak")),
    "when": ("Kapan tenggatnya?", ()),
    "facts": ("Mohon ceritakan pokok perkaranya secara singkat.", ()),
    "documents": ("Dokumen apa saja yang Anda miliki?", ()),
    "outcome": ("Apa hasil yang Anda inginkan?", ()),
}
EXPECTED = {
    "name": "Sri Wahyuningsih",
    "opponent": "Griya Niaga",
    "place": "Bandung",
    "deadline": "Ya",
    "when": "5 Desember 2026",
    "facts": "secara sepihak",
    "documents": "kuitansi",
    "outcome": "masa sewa",
}


@pytest.fixture
def configuration() -> SimulatorConfig:
    quick = StatusTiming(sent_after=(0.05, 0.1), delivered_after=(0.1, 0.2))
    return msgspec.structs.replace(
        virtual_configuration(statuses=quick), clock=ClockConfig(mode="real", speed=40.0)
    )


@pytest.mark.parametrize(
    "order",
    [
        ["name", "opponent", "place", "deadline", "when", "facts", "documents", "outcome"],
        ["outcome", "documents", "facts", "deadline", "when", "place", "opponent", "name"],
        ["facts", "name", "deadline", "documents", "opponent"],
    ],
    ids=["the usual order", "the reverse order", "fewer questions"],
)
async def test_the_tenant_of_the_shop_house_goes_all_the_way(
    sim: SimulatorClient, connected: RecordingHub, order: list[str]
) -> None:
    questions = [QUESTIONS[name] for name in order]
    with scripted(connected, sim.graph_url, questions) as hub:
        started = await sim.start_scenario("sewa_ruko")
        progress = await sim.wait_for_scenario(started.run_id, seconds=60)

    assert progress.state == "finished", progress.error
    assert len(hub.answers) == len(order)
    for name, answer in zip(order, hub.answers, strict=True):
        assert EXPECTED[name] in answer, name
    texts = [line.text for line in progress.transcript]
    assert texts[1].startswith(CONSENT)
    assert texts[2] == "[Setuju]"
    assert set(texts[-2:]) == {CLOSING, REPLY}
    inbox = await sim.inbox(progress.person)
    assert all(message.read_at is not None for message in inbox)


async def test_a_deadline_can_be_asked_without_buttons(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    questions: list[Question] = [
        ("Apakah ada tenggat?", ()),
        *(QUESTIONS[name] for name in ("when", "name", "facts")),
    ]
    with scripted(connected, sim.graph_url, questions) as hub:
        started = await sim.start_scenario("sewa_ruko")
        progress = await sim.wait_for_scenario(started.run_id, seconds=60)

    assert progress.state == "finished", progress.error
    assert hub.answers[0] == "Ya, ada."


SHORT = """
version = 1
title = "Pendek"
language = "id"
typing_seconds = 0.0
[variables]
word = "ya"
[person]
key = "budi"
name = "Budi"
phone = "+6281200005512"
[[steps]]
do = "say"
text = "Halo"
[[steps]]
do = "wait"
until = { any_of = ["${word}"] }
timeout_seconds = 2.0
"""


async def test_a_dialogue_that_goes_another_way_fails_with_what_arrived(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    with scripted(connected, sim.graph_url, []):
        started = await sim.start_scenario(
            text=SHORT.replace("timeout_seconds = 2.0", "timeout_seconds = 6.0"),
            variables={"word": "tidak pernah"},
        )
        progress = await sim.wait_for_scenario(started.run_id, seconds=60)

    assert progress.state == "failed"
    assert progress.error is not None
    assert "Step 2 of 2" in progress.error
    assert "'tidak pernah'" in progress.error
    assert CONSENT in progress.error


async def test_a_hub_that_answers_nothing_is_named_as_such(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    started = await sim.start_scenario(text=SHORT)
    progress = await sim.wait_for_scenario(started.run_id, seconds=60)

    assert progress.state == "failed"
    assert progress.error is not None
    assert "Nothing has arrived at all" in progress.error


async def test_a_standing_clock_moves_a_scenario_step_by_step(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    await sim.reset(virtual_configuration(), keep_callbacks=False)
    await sim.set_callback(hub.callback, VERIFY_TOKEN)
    started = await sim.start_scenario("sewa_ruko")
    await sim.clock.advance(0.1)
    assert hub.messages == []
    await sim.clock.advance(1)
    assert "ruko" in hub.messages[0]["text"]["body"]
    await sim.clock.advance(200)
    progress = await sim.scenario(started.run_id)

    assert (progress.state, progress.step) == ("failed", 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version =", "no scenario"),
        (SHORT.replace("version = 1", "version = 2"), "no scenario"),
        (SHORT.replace('do = "say"', 'do = "sing"'), "sing"),
        (SHORT.replace("${word}", "${other}"), "without declaring"),
        (SHORT.replace("${word}", "$ 5"), "no scenario"),
    ],
)
def test_a_text_that_is_no_scenario_is_refused_with_the_reason(text: str, sentence: str) -> None:
    with pytest.raises(ScenarioInvalid, match=sentence):
        parse_scenario(text)


def test_a_variable_must_be_declared_and_may_contain_quotes() -> None:
    with pytest.raises(ScenarioInvalid, match="no variable 'colour'"):
        parse_scenario(SHORT, {"colour": "red"})
    waiting = parse_scenario(SHORT, {"word": 'kata "sewa"'}).steps[1]
    assert 'kata "sewa"' in waiting.described() or "sewa" in waiting.described()


def test_every_shipped_scenario_can_be_read() -> None:
    assert scenario_names() == ["sewa_ruko"]
    for name in scenario_names():
        scenario = parse_scenario(shipped_scenario(name))
        assert scenario.language == "id"
        assert all(reply.topic for reply in scenario.answers)


@pytest.mark.parametrize("question", standard_intake().questions, ids=lambda each: each.key)
def test_every_standard_question_has_its_answer(question: IntakeQuestion) -> None:
    topics = {
        "deadline_or_date": "tenggat",
        "deadline_when": "tenggat-waktu",
        "full_name": "nama-lengkap",
        "opposing_party": "pihak-lawan",
        "location_or_court": "lokasi",
        "key_facts": "pokok-perkara",
        "documents": "dokumen",
        "desired_outcome": "hasil-yang-diinginkan",
        "contact_time": "waktu-dihubungi",
    }
    asked = message(question.text, *(option.title for option in question.options))
    scenario = parse_scenario(shipped_scenario("sewa_ruko"))
    answer = next(reply for reply in scenario.answers if reply.when.fits(asked))

    assert answer.topic == topics[question.key]
    assert not any(
        step.until.fits(asked) for step in scenario.steps if isinstance(step, AnswerQuestions)
    )


def test_the_standard_consent_and_closing_are_recognised() -> None:
    flow = standard_intake()
    scenario = parse_scenario(shipped_scenario("sewa_ruko"))
    consent, ending = scenario.steps[1], scenario.steps[3]

    assert isinstance(consent, Wait)
    assert consent.until.fits(
        message(flow.consent.text, *(option.title for option in flow.consent.options))
    )
    assert isinstance(ending, AnswerQuestions)
    assert ending.until.fits(message(flow.closing))


async def test_an_unknown_run_is_refused(sim: SimulatorClient) -> None:
    with pytest.raises(SimulatorRefused, match="no run"):
        await sim.scenario("run-99")


def message(text: str, *titles: str) -> ReceivedMessage:
    return ReceivedMessage(
        wamid="wamid.x",
        phone_number_id="1",
        type="text",
        text=text,
        choices={title.lower(): title for title in titles},
        body={},
        arrived_at=0.0,
    )


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (Pattern(), True),
        (Pattern(any_of=("SEWA", "x")), True),
        (Pattern(any_of=("x|y|ruko",)), True),
        (Pattern(any_of=("x",)), False),
        (Pattern(all_of=("sewa", "ruko")), True),
        (Pattern(all_of=("sewa", "x")), False),
        (Pattern(none_of=("ruko",)), False),
        (Pattern(has_button="setuju"), True),
        (Pattern(has_button="tidak"), False),
    ],
)
def test_patterns_look_at_words_and_buttons(pattern: Pattern, fits: bool) -> None:
    assert pattern.fits(message("Soal sewa ruko", "Setuju")) is fits
