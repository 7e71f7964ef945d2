"""Training: `python -m infrastructure.assistant.local.train` writes `data/model.json`.

No randomness but a fixed shuffle, no clock, no network: the same training set gives the same file.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domain.ports.assistant import Complexity, Intent, Urgency
from infrastructure.assistant.local.judging import (
    Evidence,
    deciding_rule,
    examine,
    judge,
)
from infrastructure.assistant.local.linear_model import Example, LinearModel, train
from infrastructure.assistant.local.model import (
    CONTESTED,
    MODEL_FILE,
    PLAIN,
    RIGHT,
    WRONG,
    LocalModel,
    trust_evidence,
)
from infrastructure.assistant.local.training_set import (
    RECEIVED_AT,
    LabelledMessage,
    load_labelled,
)

FOLDS: Final = 5
_TRUST_EPOCHS: Final = 60
_UNDECIDED: Final = LinearModel([RIGHT, WRONG], {"*": [0, 0]})


class Lesson(NamedTuple):
    """A labelled message with what the heads see of it."""

    message: LabelledMessage
    evidence: Evidence


def lessons_of(messages: Sequence[LabelledMessage]) -> list[Lesson]:
    """The messages, examined."""
    return [Lesson(m, examine(m.text, RECEIVED_AT.date())) for m in messages]


def train_heads(lessons: Sequence[Lesson]) -> LocalModel:
    """The three heads, with a calibration that is still undecided."""
    return LocalModel(
        intent=train([Example(x.evidence.features, x.message.intent) for x in lessons]),
        pace=train(
            [
                Example(x.evidence.features, x.message.urgency)
                for x in lessons
                if x.message.urgency in {Urgency.NORMAL, Urgency.LOW}
            ]
        ),
        contest=train(
            [
                Example(x.evidence.features, _contest_label(x.message))
                for x in lessons
                if x.message.intent is not Intent.SPAM_OTHER
            ]
        ),
        trust=_UNDECIDED,
    )


def _contest_label(message: LabelledMessage) -> str:
    return PLAIN if message.complexity is Complexity.SIMPLE else CONTESTED


def folds_of(lessons: Sequence[Lesson]) -> Iterator[tuple[list[Lesson], list[Lesson]]]:
    """Training part and held-out part, each lesson held out once."""
    for fold in range(FOLDS):
        learned = [lesson for i, lesson in enumerate(lessons) if i % FOLDS != fold]
        yield learned, [lesson for i, lesson in enumerate(lessons) if i % FOLDS == fold]


def trust_examples(model: LocalModel, held_out: Sequence[Lesson]) -> Iterator[Example]:
    """Whether the heads were right on messages they had not seen, and how sure they were."""
    for message, evidence in held_out:
        judgement = judge(evidence, model, year=RECEIVED_AT.year)
        probability = model.intent.probabilities(evidence.features)[judgement.intent]
        pace = max(model.pace.probabilities(evidence.features).values())
        is_right = judgement.intent is message.intent and judgement.urgency is message.urgency
        seen = trust_evidence(
            intent_probability=probability,
            pace_probability=pace,
            rule=deciding_rule(evidence.facts, judgement.intent),
            words=len(evidence.facts.reading.words),
            area_hits=len(evidence.hits),
        )
        yield Example(seen, RIGHT if is_right else WRONG)


def train_model(messages: Sequence[LabelledMessage]) -> LocalModel:
    """The complete model: heads on all messages, calibration on each message held out once."""
    lessons = lessons_of(messages)
    judged = [
        example
        for learned, held_out in folds_of(lessons)
        for example in trust_examples(train_heads(learned), held_out)
    ]
    return train_heads(lessons)._replace(trust=train(judged, seen_min=1, epochs=_TRUST_EPOCHS))


if __name__ == "__main__":
    MODEL_FILE.write_text(train_model(load_labelled()).to_json(), encoding="utf-8")
