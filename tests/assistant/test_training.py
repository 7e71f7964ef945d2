"""The committed model is what its training set gives, and it holds for what it has not seen."""

import pytest

from domain.ports.assistant import Complexity, Intent, MessageLanguage, Urgency
from infrastructure.assistant.local.linear_model import Example, LinearModel, train
from infrastructure.assistant.local.model import MODEL_FILE, load_model
from infrastructure.assistant.local.train import Training, train_model
from infrastructure.assistant.local.training_set import load_labelled


@pytest.fixture(scope="module")
def training() -> Training:
    return train_model(load_labelled())


def test_training_again_gives_the_committed_model(training: Training) -> None:
    assert training.model.to_json() == MODEL_FILE.read_text(encoding="utf-8")


def test_what_was_held_out_is_labelled_right_nine_times_in_ten(training: Training) -> None:
    accuracy = training.accuracy()
    assert accuracy["intent"] >= 0.88
    assert accuracy["urgency"] >= 0.92
    assert accuracy["complexity"] >= 0.88
    assert accuracy["intent and urgency"] >= 0.83


def test_the_model_file_is_small() -> None:
    assert MODEL_FILE.stat().st_size < 500_000


def test_the_training_set_covers_every_label() -> None:
    messages = load_labelled()
    assert len(messages) >= 400
    assert len({message.text for message in messages}) == len(messages)
    assert {message.intent for message in messages} == set(Intent)
    assert {message.urgency for message in messages} == set(Urgency)
    assert {message.complexity for message in messages} == set(Complexity)
    assert {message.language for message in messages} == set(MessageLanguage)


def test_a_small_problem_is_learned_and_read_back_the_same() -> None:
    examples = [Example({"rain": 1.0}, "wet"), Example({"sun": 1.0}, "dry")] * 5
    model = train(examples)
    again = LinearModel.from_json(model.to_json())
    for features in ({"rain": 1.0}, {"sun": 1.0}, {"snow": 1.0}):
        assert again.probabilities(features) == model.probabilities(features)
    assert model.probabilities({"rain": 1.0})["wet"] > 0.9


def test_a_file_that_is_no_model_is_refused_with_the_way_out(tmp_path: object) -> None:
    broken = MODEL_FILE.__class__(str(tmp_path)) / "model.json"
    broken.write_text("{}")
    with pytest.raises(ValueError, match=r"run python -m infrastructure\.assistant\.local\.train"):
        load_model(broken)
