"""From facts to labels: rules first, the trained heads where no rule speaks."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from domain.ports.assistant import Complexity, Intent, Urgency
from infrastructure.assistant.local.complexity import decide_complexity
from infrastructure.assistant.local.features import area_hits, features_of, request_clauses
from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.model import CONTESTED, LocalModel, trust_evidence
from infrastructure.assistant.local.rules import EMERGENCY_RULES, HIGH_RULES
from infrastructure.assistant.local.signals import Facts, gather

_RUNNING_MATTER_BOOST: Final = 8.0
_SECOND_AREA_HITS_MIN: Final = 2
_NO_AREA: Final = frozenset({Intent.GENERAL_INQUIRY, Intent.EXISTING_MATTER, Intent.SPAM_OTHER})


class Evidence(NamedTuple):
    """A message as the heads and rules see it."""

    facts: Facts
    hits: tuple[Hit, ...]
    features: dict[str, float]


class Judgement(NamedTuple):
    """The labels and what decided them."""

    intent: Intent
    urgency: Urgency
    complexity: Complexity
    confidence: float
    rule: str


def examine(text: str, today: date) -> Evidence:
    """Facts, ideas and features of a masked text."""
    facts = gather(text, today)
    hits = tuple(area_hits(facts.reading))
    return Evidence(facts, hits, features_of(facts, hits))


def practice_areas(hits: Sequence[Hit]) -> list[Intent]:
    """Practice areas that the ideas point to, the most often named first."""
    counts: dict[str, int] = {}
    for hit in hits:
        if not hit.is_negated:
            counts[hit.idea.group] = counts.get(hit.idea.group, 0) + 1 + (hit.last > hit.first)
    ordered = sorted(counts, key=lambda area: (-counts[area], area))
    return [Intent(area) for area in ordered if Intent(area) not in _NO_AREA]


def deciding_rule(facts: Facts, intent: Intent) -> str:
    """The first rule of taxonomy section 2 that holds, or an empty string."""
    if intent is Intent.SPAM_OTHER:
        return ""
    for name, holds in EMERGENCY_RULES.items():
        if holds(facts):
            return name
    for name, holds in HIGH_RULES.items():
        if name == "H7" and intent is not Intent.GENERAL_INQUIRY:
            continue
        if holds(facts):
            return name
    return ""


def intent_probabilities(
    evidence: Evidence, model: LocalModel, *, has_running_matter: bool
) -> dict[str, float]:
    """Probability of each intent; a matter that already runs makes `existing_matter` likelier."""
    probabilities = model.intent.probabilities(evidence.features)
    if has_running_matter:
        probabilities[Intent.EXISTING_MATTER] *= _RUNNING_MATTER_BOOST
        total = sum(probabilities.values())
        probabilities = {label: value / total for label, value in probabilities.items()}
    return probabilities


def judge(
    evidence: Evidence, model: LocalModel, *, year: int, has_running_matter: bool = False
) -> Judgement:
    """Labels of one message."""
    probabilities = intent_probabilities(evidence, model, has_running_matter=has_running_matter)
    intent = Intent(max(sorted(probabilities), key=lambda label: probabilities[label]))
    rule = deciding_rule(evidence.facts, intent)
    pace = model.pace.probabilities(evidence.features)
    urgency = _urgency(intent, rule, pace)
    contested = model.contest.probabilities(evidence.features)[CONTESTED]
    complexity = decide_complexity(
        evidence.facts, intent, areas=_areas_with_facts(evidence), year=year, contested=contested
    )
    trust = trust_evidence(
        intent_probability=probabilities[intent],
        pace_probability=max(pace.values()),
        rule=rule,
        words=len(evidence.facts.reading.words),
        area_hits=len(evidence.hits),
    )
    return Judgement(intent, urgency, complexity, model.confidence(trust), rule)


def _urgency(intent: Intent, rule: str, pace: dict[str, float]) -> Urgency:
    if intent is Intent.SPAM_OTHER:
        return Urgency.LOW
    if rule:
        return Urgency.EMERGENCY if rule.startswith("E") else Urgency.HIGH
    return Urgency(max(sorted(pace), key=lambda label: pace[label]))


def _areas_with_facts(evidence: Evidence) -> int:
    """Practice areas that more than one idea outside a question points to (F2)."""
    asking = request_clauses(evidence.facts.reading)
    counts: dict[str, set[str]] = {}
    for hit in evidence.hits:
        if (
            not hit.is_negated
            and hit.clause not in asking
            and Intent(hit.idea.group) not in _NO_AREA
        ):
            counts.setdefault(hit.idea.group, set()).add(f"{hit.idea.name}{hit.first}")
    return sum(len(places) > _SECOND_AREA_HITS_MIN for places in counts.values())
