"""The trained part of the local adapter: three heads and the calibration, from one small file."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from infrastructure.assistant.local.linear_model import Features, LinearModel
from infrastructure.assistant.local.reading import DATA

MODEL_FILE: Final = DATA / "model.json"
CONTESTED: Final = "contested"
PLAIN: Final = "plain"
RIGHT: Final = "right"
WRONG: Final = "wrong"

_CONFIDENCE_MIN: Final = 0.05
_CONFIDENCE_MAX: Final = 0.97
_OTHER_WRITERS: Final = 0.88
"""Share of the confidence that holds for people whose style the training set has not seen."""

_ALMOST_SURE: Final = 1e-6
_FEW_WORDS_MAX: Final = 3


class LocalModel(NamedTuple):
    """`intent`: 17 labels.

    `pace`: normal or low where no rule speaks. `contest`: contested or plain.

    `trust`: whether intent and urgency are both right, learned on messages the heads had not seen.
    """

    intent: LinearModel
    pace: LinearModel
    contest: LinearModel
    trust: LinearModel

    def confidence(self, evidence: Features) -> float:
        """Calibrated probability that intent and urgency are both right."""
        probability = self.trust.probabilities(evidence)[RIGHT] * _OTHER_WRITERS
        return round(min(_CONFIDENCE_MAX, max(_CONFIDENCE_MIN, probability)), 2)

    def to_json(self) -> str:
        """The file's text."""
        heads = ",\n".join(
            f'"{name}":{head.to_json()}' for name, head in zip(self._fields, self, strict=True)
        )
        return f"{{{heads}}}\n"


def trust_evidence(
    *, intent_probability: float, pace_probability: float, rule: str, words: int, area_hits: int
) -> dict[str, float]:
    """What the calibration sees: how sure the heads are, which rule spoke, how much was to read."""
    return {
        "intent": _log_odds(intent_probability) / 2,
        "pace": _log_odds(pace_probability) / 2 if not rule else 0.0,
        f"rule:{rule[:1] or '-'}": 1.0,
        "few words": 1.0 if words <= _FEW_WORDS_MAX else 0.0,
        "no idea": 0.0 if area_hits else 1.0,
    }


def _log_odds(probability: float) -> float:
    bounded = min(1 - _ALMOST_SURE, max(_ALMOST_SURE, probability))
    return math.log(bounded / (1 - bounded))


def load_model(path: Path = MODEL_FILE) -> LocalModel:
    """The model of a file. Raises ValueError where the file is not a model; retrain it then."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return LocalModel(
            *(LinearModel(stored[n]["labels"], stored[n]["weights"]) for n in LocalModel._fields)
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path.name} is not a model; run python -m infrastructure.assistant.local.train"
        ) from error


@cache
def shared_model() -> LocalModel:
    """The one model of the process."""
    return load_model()
