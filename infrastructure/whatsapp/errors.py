"""Meta's error codes: what each means for the message, in words, and what to do next.

One table, used for refusals of a call and for the errors inside a `failed` status alike. Decide by
code, never by title or HTTP status (reference, section 12).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from domain.circuit import CircuitKind
from domain.ports.whatsapp import RetryRule, SendErrorClass

NEVER: Final = RetryRule()
BACK_OFF: Final = RetryRule(retries_max=4)
"""Five attempts in all; between them the growing delays that all failed work has."""
WHILE_AWAY: Final = RetryRule(retries_max=None, wait_seconds=1, wait_factor=2, spends_attempt=False)
"""Meta's servers are away: it is not the message's fault, and the circuit decides when to go on."""
WHILE_BLOCKED: Final = RetryRule(retries_max=None, wait_seconds=30, spends_attempt=False)
"""The firm has to mend its account or token: messages wait, the circuit probes."""
AFTER_MAINTENANCE: Final = RetryRule(retries_max=None, wait_seconds=60, spends_attempt=False)
ONCE_MORE: Final = RetryRule(retries_max=1, wait_seconds=60)


class ErrorRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a code of Meta means. `words` and `next_step` are sentences for a person.

    `circuit` is what else would fail the same way: the number or its token; None: this message.
    """

    code: int
    error_class: SendErrorClass
    retry: RetryRule
    words: str
    next_step: str
    circuit: CircuitKind | None = None


def _days(days: int) -> RetryRule:
    return RetryRule(retries_max=1, wait_seconds=days * 86_400)


RETRY_OF_CLASS: Final[Mapping[SendErrorClass, RetryRule]] = {
    SendErrorClass.TRANSIENT: BACK_OFF,
    SendErrorClass.NUMBER_THROTTLED: RetryRule(
        retries_max=None, wait_seconds=2, wait_factor=2, spends_attempt=False
    ),
    # Meta's own rule for the pair limit: 4^x seconds, x = 0, 1, 2, …
    SendErrorClass.PAIR_THROTTLED: RetryRule(
        retries_max=None, wait_seconds=1, wait_factor=4, spends_attempt=False
    ),
    SendErrorClass.ACCOUNT_THROTTLED: RetryRule(
        retries_max=None, wait_seconds=60, wait_factor=2, spends_attempt=False
    ),
    SendErrorClass.WAIT: _days(1),
    SendErrorClass.ACCOUNT_BLOCKED: WHILE_BLOCKED,
    SendErrorClass.RECIPIENT_UNREACHABLE: NEVER,
    SendErrorClass.OPTED_OUT: NEVER,
    SendErrorClass.WINDOW_CLOSED: NEVER,
    SendErrorClass.TEMPLATE_UNUSABLE: NEVER,
    SendErrorClass.REQUEST_INVALID: NEVER,
}

# Where a code has another rule than its class.
_RETRY_OF_CODE: Final[Mapping[int, RetryRule]] = {
    2: WHILE_AWAY,
    131016: WHILE_AWAY,
    133004: WHILE_AWAY,
    # The account may send, only not messages of this kind.
    131044: NEVER,
    131063: NEVER,
    134011: NEVER,
    134102: NEVER,
    1: RetryRule(retries_max=2, wait_seconds=5, wait_factor=3),
    131000: RetryRule(retries_max=3, wait_seconds=5, wait_factor=3),
    131057: AFTER_MAINTENANCE,
    132069: RetryRule(retries_max=1, wait_seconds=3_600),
    133008: RetryRule(retries_max=1, wait_seconds=3_600),
    133009: RetryRule(retries_max=1, wait_seconds=3_600),
    133015: RetryRule(retries_max=1, wait_seconds=300),
    133016: _days(3),
    134101: RetryRule(retries_max=1, wait_seconds=600),
    2494100: AFTER_MAINTENANCE,
}

_OF_TOKEN: Final = frozenset({0, 3, 10, 104, 190, 131005, *range(200, 300)})
"""Codes that say something about the access token, whichever number uses it."""
_OF_SERVER: Final = frozenset({1, 2, 131000, 131016, 131057, 133004, 2494100})
"""Codes that the next message of the number would most likely meet as well."""

_SERVER_ERROR: Final = 500

_RENEW_ACCESS: Final = "Create a new access token for the system user and store it with the number."
_PERMISSIONS: Final = "Give the app and its token the WhatsApp permissions at Meta."
_CONFIGURATION: Final = "Check the number and the account of this sender in the settings."
_HEALTH: Final = "Look at the account's health at Meta and follow what it asks for."
_BILLING: Final = "Put the payment method in order at Meta; messages wait until then."
_POLICY: Final = "Read the policy notice at Meta; sending stays stopped until it is lifted."
_SLOW_DOWN: Final = "Nothing: the message is sent again more slowly."
_AGAIN: Final = "Nothing: the message is sent again by itself."
_REPORT: Final = "Tell your administrator: the message was built wrongly."
_OTHER_WAY: Final = "Reach the contact in another way."
_USE_TEMPLATE: Final = "Wait until the contact writes, or send an approved template."
_TEMPLATE: Final = "Choose another template, or correct this one and wait for Meta's approval."
_PARAMETERS: Final = "Fill in the template's variables exactly as the template asks for."
_OPERATOR: Final = "An operator has to repeat the step at Meta with corrected values."
_REGISTER: Final = "Register the number with the Cloud API again."
_LATER: Final = "Try again later; trying earlier prolongs the limit."
_PLACEHOLDER: Final = "Ask the contact to write again or to send it in another way."
_CALLING: Final = "Calls are not made by this product; check what asked for one."

_Row = tuple[int | range, str, str]
_Kind = SendErrorClass

# class -> (code or range of codes, what happened, what to do next)
_ROWS: Final[Mapping[SendErrorClass, tuple[_Row, ...]]] = {
    _Kind.TRANSIENT: (
        (1, "Meta could not handle the request.", _AGAIN),
        (2, "Meta's service is down or overloaded.", _AGAIN),
        (131000, "Something went wrong at Meta.", _AGAIN),
        (131016, "Meta's service is unavailable.", _AGAIN),
        (131057, "The number is in maintenance at Meta.", _AGAIN),
        (133004, "Meta's server is unavailable.", _AGAIN),
        (2494100, "The number is in maintenance at Meta.", _AGAIN),
    ),
    _Kind.NUMBER_THROTTLED: ((130429, "The number sent too many messages at once.", _SLOW_DOWN),),
    _Kind.PAIR_THROTTLED: (
        (131056, "Too many messages went to this contact in a short time.", _SLOW_DOWN),
    ),
    _Kind.ACCOUNT_THROTTLED: (
        (4, "The app made too many calls.", _SLOW_DOWN),
        (613, "The app made too many calls of this kind.", _SLOW_DOWN),
        (80007, "The WhatsApp account made too many calls.", _SLOW_DOWN),
    ),
    _Kind.WAIT: (
        (131049, "Meta held the message back to protect the contact from marketing.", _LATER),
        (131064, "The account is limited because templates were put in a wrong category.", _LATER),
        (132069, "The form was sent too often; only few are allowed per hour.", _LATER),
        (133008, "The PIN was entered wrongly too often.", _LATER),
        (133009, "The PIN was entered too quickly again.", _LATER),
        (133015, "The number was deleted a short time ago.", _LATER),
        (133016, "The number was registered or deregistered too often.", _LATER),
        (134101, "The template is still being taken over by Meta.", _LATER),
    ),
    _Kind.ACCOUNT_BLOCKED: (
        (0, "Meta does not recognise the access token.", _RENEW_ACCESS),
        (3, "The app may not make this call.", _PERMISSIONS),
        (10, "A permission is missing or was withdrawn.", _PERMISSIONS),
        (33, "The number does not exist any more.", _CONFIGURATION),
        (104, "The call had no access token.", _RENEW_ACCESS),
        (190, "The access token is invalid or expired.", _RENEW_ACCESS),
        (range(200, 300), "A permission is missing.", _PERMISSIONS),
        (368, "The account is blocked for a breach of policy.", _POLICY),
        (2635, "This version of the Graph API is not served any more.", "Set a newer version."),
        (131005, "Access is denied.", _PERMISSIONS),
        (131031, "The account is locked, or its data do not match.", _HEALTH),
        (131037, "The display name of the number is not approved.", "Get the name approved."),
        (131042, "There is a problem with the payment method.", _BILLING),
        (131044, "There is a problem with the payment method for calls.", _BILLING),
        (131045, "The number is not registered correctly.", _REGISTER),
        (131048, "Too many contacts blocked or reported the number.", _POLICY),
        (131063, "Marketing templates are switched off for this way of sending.", _PERMISSIONS),
        (133010, "The number is not registered.", _REGISTER),
        (134011, "The terms for payments are not accepted.", "Accept the terms at Meta."),
        (134102, "Marketing messages are not available to this account.", _HEALTH),
    ),
    _Kind.RECIPIENT_UNREACHABLE: (
        (130403, "The firm blocked this contact.", "Unblock the contact first."),
        (130472, "The contact is part of an experiment of Meta.", _OTHER_WAY),
        (130497, "The account may not write to this country.", _POLICY),
        (131026, "The contact cannot be reached on WhatsApp.", _OTHER_WAY),
        (131052, "The file that the contact sent cannot be fetched.", _PLACEHOLDER),
        (131060, "The message that the contact sent is not available.", _PLACEHOLDER),
        (137000, "The contact's device changed.", "Make sure who you write to, then send again."),
    ),
    _Kind.OPTED_OUT: (
        (131050, "The contact stopped marketing messages.", "Send no more marketing messages."),
    ),
    _Kind.WINDOW_CLOSED: (
        (131047, "More than 24 hours have passed since the contact wrote.", _USE_TEMPLATE),
    ),
    _Kind.TEMPLATE_UNUSABLE: (
        (132001, "The template does not exist in this language or is not approved.", _TEMPLATE),
        (132007, "The template breaks Meta's rules.", _TEMPLATE),
        (132015, "The template is paused.", _TEMPLATE),
        (132016, "The template is disabled.", _TEMPLATE),
        (132068, "The form is blocked.", "Correct the form at Meta."),
    ),
    _Kind.REQUEST_INVALID: (
        (100, "A value in the request is not valid.", _REPORT),
        (131008, "A required value is missing.", _REPORT),
        (131009, "A value is not valid.", _REPORT),
        (131020, "The group does not exist.", _REPORT),
        (131021, "The recipient is the number that sends.", "Choose another recipient."),
        (131030, "A test number may write to listed numbers only.", "Add the number at Meta."),
        (131041, "The message cannot be sent to the group.", _REPORT),
        (131051, "WhatsApp does not know this kind of message.", _REPORT),
        (131053, "Meta refused the file.", "Check the type, size and address of the file."),
        (131055, "This way of sending is not allowed for the message.", _REPORT),
        (131059, "The place in the list is not valid any more.", "Start the list again."),
        (131062, "This message cannot go to a user id.", "Send it to the phone number."),
        (range(131201, 131216), "The group refused the message.", _REPORT),
        (132000, "The number of the template's variables is wrong.", _PARAMETERS),
        (132005, "The template with its variables is too long.", "Shorten the variables."),
        (132008, "A variable of the template is not valid.", _PARAMETERS),
        (132012, "A variable of the template has the wrong form.", _PARAMETERS),
        (132018, "The template and its variables do not fit.", _PARAMETERS),
        (133000, "The number could not be deregistered before.", _OPERATOR),
        (133005, "The PIN is wrong.", _OPERATOR),
        (133006, "The number is not verified.", _OPERATOR),
        (134100, "Only marketing templates can be sent this way.", _TEMPLATE),
        (135000, "Meta does not accept the values of the request.", _REPORT),
        (136024, "The number is verified already.", "Nothing: skip the verification."),
        (range(138000, 138019), "The call was refused.", _CALLING),
        (range(139100, 139104), "The block list could not be changed.", _OPERATOR),
        (range(147001, 147005), "The username could not be changed.", _OPERATOR),
        (2388012, "The number could not be moved.", _OPERATOR),
        (2388019, "The account has too many templates.", "Delete templates that nobody uses."),
        (2388039, "The template cannot be changed in this state.", _TEMPLATE),
        (2388040, "A part of the template is too long.", _TEMPLATE),
        (2388047, "The header of the template is not valid.", _TEMPLATE),
        (2388072, "The body of the template is not valid.", _TEMPLATE),
        (2388073, "The footer of the template is not valid.", _TEMPLATE),
        (2388091, "The number could not be moved.", _OPERATOR),
        (2388093, "The number could not be moved.", _OPERATOR),
        (2388103, "The number could not be moved.", _OPERATOR),
        (2388293, "The template has too many variables for its length.", _TEMPLATE),
        (2388299, "The template starts or ends with a variable.", _TEMPLATE),
        (range(2593107, 2593110), "The history of the app could not be taken over.", _OPERATOR),
    ),
}


def _rules() -> Iterator[ErrorRule]:
    for error_class, rows in _ROWS.items():
        for codes, words, next_step in rows:
            for code in codes if isinstance(codes, range) else (codes,):
                retry = _RETRY_OF_CODE.get(code, RETRY_OF_CLASS[error_class])
                yield ErrorRule(
                    code=code,
                    error_class=error_class,
                    retry=retry,
                    words=words,
                    next_step=next_step,
                    circuit=_circuit_of(code, error_class, retry),
                )


def _circuit_of(code: int, error_class: SendErrorClass, retry: RetryRule) -> CircuitKind | None:
    if code in _OF_TOKEN:
        return CircuitKind.TOKEN
    is_of_account = error_class is SendErrorClass.ACCOUNT_BLOCKED and retry.allows_retry
    return CircuitKind.NUMBER if is_of_account or code in _OF_SERVER else None


ERROR_RULES: Final[Mapping[int, ErrorRule]] = {rule.code: rule for rule in _rules()}


def rule_for(code: int, *, http_status: int | None = None, is_transient: bool = False) -> ErrorRule:
    """Return the rule of a code; one that is not in the table is judged by its circumstances.

    `is_transient` is Graph's own mark on an error. Without it an unknown code is tried once more
    after a refusal of the request, and with the usual patience after a server's error.
    """
    known = ERROR_RULES.get(code)
    if known is not None:
        return known
    is_servers_fault = is_transient or (http_status is not None and http_status >= _SERVER_ERROR)
    if is_servers_fault:
        error_class, retry = SendErrorClass.TRANSIENT, BACK_OFF
    else:
        error_class, retry = SendErrorClass.REQUEST_INVALID, ONCE_MORE
    return ErrorRule(
        code=code,
        error_class=error_class,
        retry=retry,
        circuit=CircuitKind.NUMBER if is_servers_fault else None,
        words="Meta refused the message with a code that is not known here.",
        next_step="Look the code up at Meta and tell your administrator.",
    )
