"""Training: `python -m infrastructure.assistant.local.train` writes `data/model.json`.

No randomness but a fixed shuffle, no clock, no network: the same training set gives the same file.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domain.ports.assistant import Complexity, Intent, Urgency
from infrastructure.assistant.local.judging import Evidence, Judgement, examine, judge
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

FOLDS: Final = 3
_TRUST_EPOCHS: Final = 30
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


class HeldOut(NamedTuple):
    """What the heads said of a message they had not seen, and what they were shown of it."""

    message: LabelledMessage
    judgement: Judgement
    evidence: dict[str, float]

    @property
    def is_right(self) -> bool:
        """Intent and urgency both right: what the confidence is about."""
        return (
            self.judgement.intent is self.message.intent
            and self.judgement.urgency is self.message.urgency
        )


def judge_unseen(model: LocalModel, lessons: Sequence[Lesson]) -> Iterator[HeldOut]:
    """Judgements of lessons that the model has not learned from."""
    for message, evidence in lessons:
        judgement = judge(evidence, model, year=RECEIVED_AT.year)
        seen = trust_evidence(
            intent_probability=model.intent.probabilities(evidence.features)[judgement.intent],
            pace_probability=max(model.pace.probabilities(evidence.features).values()),
            rule=judgement.rule,
            words=len(evidence.facts.reading.words),
            area_hits=len(evidence.hits),
        )
        yield HeldOut(message, judgement, seen)


class Training(NamedTuple):
    """The trained model and the cross-validation that its calibration comes from."""

    model: LocalModel
    held_out: tuple[HeldOut, ...]

    def accuracy(self) -> dict[str, float]:
        """Share of right labels on messages each held out once."""
        count = len(self.held_out)
        right = {
            "intent": sum(h.judgement.intent is h.message.intent for h in self.held_out),
            "urgency": sum(h.judgement.urgency is h.message.urgency for h in self.held_out),
            "complexity": sum(
                h.judgement.complexity is h.message.complexity for h in self.held_out
            ),
            "intent and urgency": sum(h.is_right for h in self.held_out),
        }
        return {name: round(value / count, 3) for name, value in right.items()}


def train_model(messages: Sequence[LabelledMessage]) -> Training:
    """Heads on all messages, calibration on each message held out once."""
    lessons = lessons_of(messages)
    held_out = tuple(
        judged
        for learned, unseen in folds_of(lessons)
        for judged in judge_unseen(train_heads(learned), unseen)
    )
    trust = train(
        [Example(h.evidence, RIGHT if h.is_right else WRONG) for h in held_out],
        seen_min=1,
        epochs=_TRUST_EPOCHS,
    )
    return Training(train_heads(lessons)._replace(trust=trust), held_out)


def main() -> None:
    """Train, write the model, say how right it was on what it had not seen."""
    training = train_model(load_labelled())
    MODEL_FILE.write_text(training.model.to_json(), encoding="utf-8")
    for name, share in training.accuracy().items():
        sys.stdout.write(f"{name}: {share:.1%} of {len(training.held_out)} messages held out\n")


if __name__ == "__main__":
    main()
