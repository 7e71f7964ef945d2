"""The sentence that says why: made of names of ideas and rules, never of the message's words."""

from typing import Final

from domain.ports.assistant import RATIONALE_CHARACTERS_MAX, Complexity, Intent
from infrastructure.assistant.local.judging import Evidence, Judgement

_RULES: Final = {
    "E1": "a person held or questioned now",
    "E2": "violence or confinement now",
    "E3": "enforcement under way or due by tomorrow",
    "E4": "hearing, examination or legal time limit by tomorrow",
    "E5": "a minor in danger",
    "E6": "words of self-harm",
    "E7": "grave accident within 24 hours",
    "H1": "a date or running limit within seven days",
    "H2": "summons, demand or official letter that calls to act",
    "H3": "threat, extortion, collectors or announced seizure",
    "H4": "detention longer than 72 hours",
    "H5": "a loss that only action within days can stop",
    "H6": "recent or repeated violence, or a hidden child",
    "H7": "alarm without any facts",
}
_COMPLEXITIES: Final = {
    Complexity.SIMPLE: "nothing contested is stated",
    Complexity.MODERATE: "contested, planned against somebody, or one complicating factor",
    Complexity.COMPLEX: "several complicating factors or one grave fact",
}
_IDEAS_MAX: Final = 3


def explain(evidence: Evidence, judgement: Judgement) -> str:
    """Deciding ideas, urgency rule and ground of the complexity, in at most 240 characters."""
    ideas = dict.fromkeys(
        hit.idea.name.replace("_", " ")
        for hit in sorted(evidence.hits, key=lambda hit: hit.first - hit.last)
        if hit.idea.group == judgement.intent and not hit.is_negated
    )
    named = ", ".join(list(ideas)[:_IDEAS_MAX])
    area = judgement.intent.replace("_", " ")
    subject = f"{area} ({named})" if named else area
    pace = f"; {judgement.rule}: {_RULES[judgement.rule]}" if judgement.rule else ""
    ground = (
        "" if judgement.intent is Intent.SPAM_OTHER else f"; {_COMPLEXITIES[judgement.complexity]}"
    )
    sentence = f"{subject}{pace}{ground}."
    return sentence[0].upper() + sentence[1:RATIONALE_CHARACTERS_MAX]
