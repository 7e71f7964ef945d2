"""Meta's error codes: every code of the reference has its class, rule, words and next step."""

import pytest

from domain.circuit import CircuitKind
from domain.ports.whatsapp import RetryRule, SendErrorClass
from infrastructure.whatsapp.errors import ERROR_RULES, RETRY_OF_CLASS, rule_for

# The table of the reference, section 12: class -> codes.
REFERENCE: dict[str, list[int]] = {
    "T": [1, 2, 131000, 131016, 131057, 133004, 2494100],
    "TN": [130429],
    "TP": [131056],
    "TA": [4, 613, 80007],
    "W": [131049, 131064, 132069, 133008, 133009, 133015, 133016, 134101],
    "A": [
        *(0, 3, 10, 33, 104, 190, 200, 250, 299, 368),
        *(131005, 131031, 131037, 131042, 131044, 131045, 131048, 131063),
        *(133010, 134011, 134102),
    ],
    "R": [130403, 130472, 130497, 131026, 131052, 131060, 137000],
    "O": [131050],
    "C": [131047],
    "M": [132001, 132007, 132015, 132016, 132068],
    "X": [
        *(100, 131008, 131009, 131020, 131021, 131030, 131041, 131051, 131053, 131055, 131059),
        *(131062, 131201, 131215, 132000, 132005, 132008, 132012, 132018, 133000, 133005, 133006),
        *(134100, 135000, 136024, 138000, 138018, 139100, 139103, 147001, 147004),
        *(2388012, 2388019, 2388039, 2388040, 2388047, 2388072, 2388073, 2388091, 2388093),
        *(2388103, 2388293, 2388299, 2593107, 2593109),
    ],
}
ONLY_THIS_KIND = {131044, 131063, 134011, 134102}
"""Codes about the account that concern messages of one kind only."""
CODES = [(code, letter) for letter, codes in REFERENCE.items() for code in codes]


@pytest.mark.parametrize(("code", "letter"), CODES)
def test_a_code_has_the_class_of_the_reference(code: int, letter: str) -> None:
    assert rule_for(code).error_class == letter


def test_every_rule_speaks_in_sentences() -> None:
    for rule in ERROR_RULES.values():
        assert rule.words.endswith(".")
        assert rule.next_step.endswith(".")


def test_every_class_has_a_rule_for_retries() -> None:
    assert set(RETRY_OF_CLASS) == set(SendErrorClass)


@pytest.mark.parametrize("letter", ["R", "O", "C", "M", "X"])
def test_a_terminal_class_is_never_sent_again_by_itself(letter: str) -> None:
    for code in REFERENCE[letter]:
        assert not rule_for(code).retry.allows_retry


@pytest.mark.parametrize("letter", ["TN", "TP", "TA"])
def test_a_throttle_never_spends_an_attempt(letter: str) -> None:
    for code in REFERENCE[letter]:
        retry = rule_for(code).retry
        assert retry.allows_retry
        assert retry.retries_max is None
        assert not retry.spends_attempt


def test_the_pair_limit_waits_four_to_the_power_of_the_retry() -> None:
    retry = rule_for(131056).retry
    assert (retry.wait_seconds, retry.wait_factor) == (1, 4)


@pytest.mark.parametrize("code", REFERENCE["A"])
def test_what_the_firm_has_to_mend_lets_messages_wait_and_opens_a_circuit(code: int) -> None:
    rule = rule_for(code)
    if code in ONLY_THIS_KIND:
        assert not rule.retry.allows_retry
        assert rule.circuit is None
        return
    assert rule.retry.retries_max is None
    assert not rule.retry.spends_attempt
    assert rule.circuit is not None


@pytest.mark.parametrize("code", [2, 131016, 133004])
def test_a_server_that_is_away_spends_no_attempt(code: int) -> None:
    assert not rule_for(code).retry.spends_attempt
    assert rule_for(code).circuit is CircuitKind.NUMBER


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (190, CircuitKind.TOKEN),
        (10, CircuitKind.TOKEN),
        (131031, CircuitKind.NUMBER),
        (131042, CircuitKind.NUMBER),
        (131026, None),
        (131056, None),
    ],
)
def test_a_code_says_what_else_would_fail(code: int, kind: CircuitKind | None) -> None:
    assert rule_for(code).circuit is kind


@pytest.mark.parametrize(("code", "retries"), [(1, 2), (131000, 3)])
def test_a_transient_error_is_retried_a_bounded_number_of_times(code: int, retries: int) -> None:
    assert rule_for(code).retry.retries_max == retries


@pytest.mark.parametrize(
    ("code", "seconds"), [(131049, 86_400), (133015, 300), (133016, 259_200), (134101, 600)]
)
def test_a_stated_wait_is_kept(code: int, seconds: int) -> None:
    assert rule_for(code).retry == RetryRule(retries_max=1, wait_seconds=seconds)


def test_an_unknown_code_is_judged_by_its_circumstances() -> None:
    assert rule_for(987654, http_status=400).error_class is SendErrorClass.REQUEST_INVALID
    assert rule_for(987654, http_status=400).retry.retries_max == 1
    assert rule_for(987654, http_status=500).error_class is SendErrorClass.TRANSIENT
    assert rule_for(987654, is_transient=True).error_class is SendErrorClass.TRANSIENT
    assert rule_for(-1).code == -1
