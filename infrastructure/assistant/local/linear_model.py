"""A multinomial logistic regression with whole-number weights: small and quick."""

import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self

Features = Mapping[str, float]

_SCALE: Final = 50.0
"""Weights are stored as whole fiftieths, so a retrained file does not differ in its last digits."""

_LEARNING_RATE: Final = 0.35
_WEIGHT_DECAY: Final = 1e-4
_EPOCHS: Final = 8
_SEED: Final = 20261120
_GRADIENT_MIN: Final = 1e-3
_ADAGRAD_START: Final = 0.1


class Example(NamedTuple):
    """Features of one message and its right label."""

    features: Features
    label: str


class LinearModel:
    """Labels with a weight for each feature."""

    def __init__(self, labels: Sequence[str], weights: Mapping[str, Sequence[int]]) -> None:
        self.labels = tuple(labels)
        self._weights = {feature: tuple(row) for feature, row in weights.items()}

    def probabilities(self, features: Features) -> dict[str, float]:
        """Probability of each label; features never seen in training say nothing."""
        scores = [0.0] * len(self.labels)
        for feature, strength in features.items():
            row = self._weights.get(feature)
            if row is not None:
                for index, weight in enumerate(row):
                    scores[index] += weight * strength
        for index, bias in enumerate(self._weights[_BIAS]):
            scores[index] += bias
        return dict(zip(self.labels, _softmax([s / _SCALE for s in scores]), strict=True))

    def to_json(self) -> str:
        """One line for each feature, sorted: a difference between two trainings can be read."""
        compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        lines = [f"{compact(name)}:{compact(row)}" for name, row in sorted(self._weights.items())]
        return f'{{"labels":{json.dumps(self.labels)},"weights":{{\n' + ",\n".join(lines) + "\n}}"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote."""
        stored = json.loads(text)
        return cls(stored["labels"], stored["weights"])


_BIAS: Final = "*"


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


def train(examples: Sequence[Example], *, seen_min: int = 2, epochs: int = _EPOCHS) -> LinearModel:
    """Learn from the examples. Equal examples give an equal model.

    A feature counts if `seen_min` messages have it. AdaGrad, a fixed order of shuffles, no
    parallelism.
    """
    labels = sorted({example.label for example in examples})
    seen = Counter(feature for example in examples for feature in example.features)
    index_of = {
        feature: i for i, feature in enumerate(sorted(f for f in seen if seen[f] >= seen_min))
    }
    bias = len(index_of)
    rows = [
        (
            [
                *((index_of[f], s) for f, s in sorted(example.features.items()) if f in index_of),
                (bias, 1.0),
            ],
            labels.index(example.label),
        )
        for example in examples
    ]
    weights = [[0.0] * len(labels) for _ in range(bias + 1)]
    squares = [[_ADAGRAD_START] * len(labels) for _ in range(bias + 1)]
    order = list(range(len(rows)))
    shuffler = random.Random(_SEED)  # noqa: S311 - an order of training, no secret
    for _ in range(epochs):
        shuffler.shuffle(order)
        for position in order:
            _learn(weights, squares, *rows[position])
    return LinearModel(labels, _stored(weights, index_of))


def _learn(
    weights: list[list[float]],
    squares: list[list[float]],
    features: Sequence[tuple[int, float]],
    right: int,
) -> None:
    count = len(weights[0])
    scores = [0.0] * count
    for index, strength in features:
        row = weights[index]
        for label in range(count):
            scores[label] += row[label] * strength
    errors = _softmax(scores)
    errors[right] -= 1.0
    moved = [(label, error) for label, error in enumerate(errors) if abs(error) > _GRADIENT_MIN]
    for index, strength in features:
        row, square = weights[index], squares[index]
        for label, error in moved:
            gradient = error * strength + _WEIGHT_DECAY * row[label]
            square[label] += gradient * gradient
            row[label] -= _LEARNING_RATE * gradient / math.sqrt(square[label])


def _stored(weights: list[list[float]], index_of: Mapping[str, int]) -> dict[str, list[int]]:
    stored = {_BIAS: [round(weight * _SCALE) for weight in weights[-1]]}
    for feature, index in index_of.items():
        row = [round(weight * _SCALE) for weight in weights[index]]
        if any(row):
            stored[feature] = row
    return stored
