"""What Meta's side of a number lacks, in words for a person, and what to do about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from infrastructure.diagnosis.finding import Finding, State
from infrastructure.sender_checks.meta_accounts import (
    MetaAccounts,
    MetaAway,
    MetaRefused,
    NumberAtMeta,
    NumberFacts,
    TokenFacts,
)

BLOCKING: Final = frozenset({"meta", "token", "phone", "account"})
"""Where one of these is wrong, the number is not one that can be connected with this token."""

EXPIRES_SOON: Final = timedelta(days=7)
SCOPES: Final = ("whatsapp_business_messaging", "whatsapp_business_management")
TEST_TEMPLATE: Final = "hello_world"
TEST_LANGUAGE: Final = "en_US"

_TOKEN_INVALID: Final = 190
_VERSION_UNKNOWN: Final = 2635
_UNKNOWN_OBJECT: Final = 100
_DENIED: Final = frozenset({3, 10, 200, 294})
_HANDSHAKE_FAILED: Final = 2200

_NEW_TOKEN: Final = (
    "In the Business Manager make a token of a system user with the permissions "
    f"{' and '.join(SCOPES)}, assign the account to it, and give it to `hub sender add`."
)


class NumberChecks:
    """Looks at one number, one question after the other; stops where the next has no answer."""

    def __init__(self, meta: MetaAccounts, number: NumberAtMeta, now: datetime) -> None:
        self._meta = meta
        self._number = number
        self._now = now
        self._token: TokenFacts | None = None
        self._facts: NumberFacts | None = None

    def look(self, *, display_phone: str | None = None) -> list[Finding]:
        """Token, number, quality, limits and account; changes nothing at Meta."""
        return list(self._stopping(self._look(display_phone)))

    def connect(
        self,
        *,
        callback_path: str,
        callback_url: str | None = None,
        verify_token: str = "",
        may_change: bool = True,
    ) -> list[Finding]:
        """Subscription, callback and templates. With `may_change` what is missing is set at Meta.

        Look first: the app of the token is known from there.
        """
        return list(
            self._stopping(self._connect(callback_path, callback_url, verify_token, may_change))
        )

    def send_test(self, to: str, *, template: str, language: str) -> Finding:
        """Send Meta's sample template to a number of one's own."""
        try:
            self._meta.send_template(self._number, to, template, language)
        except (MetaAway, MetaRefused) as refusal:
            return _failed("test", refusal)
        return Finding(
            "test", State.OK, f"Meta took the template {template}; look at the phone it went to"
        )

    def _stopping(self, steps: Iterator[Finding]) -> Iterator[Finding]:
        """Without Meta the remaining questions have no answer."""
        try:
            yield from steps
        except MetaAway as failure:
            yield _failed("meta", failure)

    def _look(self, display_phone: str | None) -> Iterator[Finding]:
        token = self._look_at_token()
        yield token
        if token.state is State.WRONG:
            return
        try:
            self._facts = self._meta.number(self._number)
        except MetaRefused as refusal:
            yield _failed("phone", refusal)
            return
        if display_phone is not None:
            yield _phone(self._facts, display_phone)
        yield _number(self._facts)
        yield _health(self._facts)
        yield _quality(self._facts)
        yield _limits(self._facts)
        yield self._account()

    def _look_at_token(self) -> Finding:
        try:
            self._token = self._meta.token(self._number)
        except MetaRefused as refusal:
            return _failed("token", refusal)
        return _token(self._token, self._now)

    def _account(self) -> Finding:
        try:
            ids = self._meta.number_ids(self._number)
        except MetaRefused as refusal:
            return _failed("account", refusal)
        if self._number.phone_number_id not in ids:
            return Finding(
                "account",
                State.WRONG,
                f"the number does not belong to the account {self._number.waba_id}",
                "Give the id of the WhatsApp Business account that the number stands under in "
                "the WhatsApp Manager.",
            )
        return Finding("account", State.OK, f"{self._number.waba_id} holds the number")

    def _connect(
        self, path: str, url: str | None, verify_token: str, may_change: bool
    ) -> Iterator[Finding]:
        yield self._subscription(may_change=may_change)
        if url is not None:
            yield self._callback(url, verify_token)
        elif self._facts is not None:
            yield _callback_seen(self._facts, path)
        yield self._templates()

    def _subscription(self, *, may_change: bool) -> Finding:
        app_id = self._token.app_id if self._token is not None else None
        try:
            apps = self._meta.subscribed_app_ids(self._number)
            if app_id in apps:
                return Finding("subscription", State.OK, "the app gets the account's webhooks")
            if not may_change:
                return Finding(
                    "subscription",
                    State.WRONG,
                    "the app is not subscribed to the account: no message arrives",
                    "Run `hub sender verify` for the number; it subscribes the app.",
                )
            self._meta.subscribe(self._number)
            if app_id is not None and app_id not in self._meta.subscribed_app_ids(self._number):
                return Finding(
                    "subscription",
                    State.WRONG,
                    "Meta took the subscription and does not list it",
                    "Wait a minute and run `hub sender verify`.",
                )
        except MetaRefused as refusal:
            return _failed("subscription", refusal)
        return Finding("subscription", State.OK, "the app was subscribed to the account just now")

    def _templates(self) -> Finding:
        try:
            count = self._meta.template_count(self._number)
        except MetaRefused as refusal:
            return _failed("templates", refusal)
        return Finding("templates", State.OK, f"{count} at Meta")

    def _callback(self, url: str, verify_token: str) -> Finding:
        try:
            self._meta.set_callback(self._number, url, verify_token)
        except MetaRefused as refusal:
            return _failed("webhook", refusal)
        return Finding("webhook", State.OK, "Meta shook hands; messages of the number go there")


def _token(facts: TokenFacts, now: datetime) -> Finding:
    if not facts.is_valid:
        reason = f": {facts.reason}" if facts.reason else ""
        return Finding("token", State.WRONG, f"Meta does not accept it{reason}", _NEW_TOKEN)
    missing = [scope for scope in SCOPES if scope not in facts.scopes]
    if missing:
        return Finding("token", State.WRONG, f"it lacks {' and '.join(missing)}", _NEW_TOKEN)
    if facts.expires_at is not None and facts.expires_at - now < EXPIRES_SOON:
        return Finding(
            "token",
            State.WARNING,
            f"it expires on {facts.expires_at:%Y-%m-%d %H:%M} UTC; then nothing is sent",
            _NEW_TOKEN,
        )
    until = "never" if facts.expires_at is None else f"on {facts.expires_at:%Y-%m-%d}"
    return Finding("token", State.OK, f"valid, of the app {facts.app_id}, expires {until}")


def _phone(facts: NumberFacts, display_phone: str) -> Finding:
    known = facts.display_phone
    if known is not None and _digits(display_phone) != _digits(known):
        return Finding(
            "phone",
            State.WRONG,
            f"at Meta this id is the number {known}, not {display_phone}",
            "Give the id and the number of the same line in the WhatsApp Manager.",
        )
    return Finding("phone", State.OK, "the id belongs to this number")


def _number(facts: NumberFacts) -> Finding:
    shown = facts.display_phone or "a number"
    if facts.platform not in {None, "CLOUD_API"} or facts.status == "DISCONNECTED":
        return Finding(
            "number",
            State.WRONG,
            f"{shown} is not registered for the Cloud API",
            "Register it in the WhatsApp Manager, or by POST /PHONE_NUMBER_ID/register with its "
            "PIN; at most ten times in 72 hours.",
        )
    if facts.status not in {None, "CONNECTED"}:
        return Finding(
            "number",
            State.WRONG,
            f"{shown} is {facts.status}",
            "The WhatsApp Manager tells why and how to appeal.",
        )
    if facts.name_status not in {None, "APPROVED", "AVAILABLE_WITHOUT_REVIEW"}:
        return Finding(
            "number",
            State.WARNING,
            f"{shown} is connected, its name is {facts.name_status}",
            "Until Meta approves the name it may not be shown, and sending may be limited.",
        )
    name = f", {facts.verified_name}" if facts.verified_name else ""
    return Finding("number", State.OK, f"{shown}{name}, connected")


def _health(facts: NumberFacts) -> Finding:
    if facts.can_send == "BLOCKED":
        return Finding(
            "health",
            State.WRONG,
            f"Meta lets nothing out: {'; '.join(facts.obstacles) or 'no reason given'}",
            "The WhatsApp Manager shows the same under account health, with the way out.",
        )
    if facts.can_send == "LIMITED":
        return Finding(
            "health",
            State.WARNING,
            "Meta limits what may be sent",
            "Look at account health in the WhatsApp Manager: often the payment method.",
        )
    return Finding("health", State.OK, "Meta sees no obstacle")


def _quality(facts: NumberFacts) -> Finding:
    quality = facts.quality or "UNKNOWN"
    if quality == "RED":
        return Finding(
            "quality",
            State.WARNING,
            "red: people block or report the number, and Meta may restrict it",
            "Write first only to people who agreed to it; hold broadcasts back for a week.",
        )
    return Finding("quality", State.OK, quality.lower())


def _limits(facts: NumberFacts) -> Finding:
    level = facts.throughput or "unknown"
    limit = facts.messaging_limit or "unknown"
    return Finding(
        "limits", State.OK, f"throughput {level}, people written to first per day {limit}"
    )


def _callback_seen(facts: NumberFacts, path: str) -> Finding:
    levels = ("phone_number", "whatsapp_business_account", "application")
    url = next((facts.callbacks[level] for level in levels if level in facts.callbacks), None)
    mend = (
        f"Set the callback URL https://YOUR.HOST{path} at the app (App Dashboard, WhatsApp, "
        "Configuration, fields: all), or run `hub sender verify --callback-url`."
    )
    if url is None:
        return Finding("webhook", State.WRONG, "Meta has no callback URL for the number", mend)
    if not url.split("?", 1)[0].endswith(path):
        return Finding(
            "webhook", State.WARNING, f"messages go to an address that does not end in {path}", mend
        )
    return Finding("webhook", State.OK, f"messages go to {url}")


def _failed(name: str, failure: MetaAway | MetaRefused) -> Finding:
    if isinstance(failure, MetaAway):
        return Finding(
            name,
            State.WRONG,
            str(failure),
            "Check the network of this machine and HUB_GRAPH_API_URL; without Meta the number can "
            "be added with --no-verify.",
        )
    return Finding(name, State.WRONG, f"Meta refused: {failure.words}", _mend_of(failure.code))


def _mend_of(code: int | None) -> str:
    if code == _TOKEN_INVALID or code in _DENIED or code == 0:
        return _NEW_TOKEN
    if code == _UNKNOWN_OBJECT:
        return "Check the ids: this token does not see such a thing. " + _NEW_TOKEN
    if code == _VERSION_UNKNOWN:
        return "Set HUB_GRAPH_API_VERSION to a version that Meta serves."
    if code == _HANDSHAKE_FAILED:
        return (
            "The address must be public, https with a certificate of a public authority, and lead "
            "to this hub; the verify token must be the one that was given here."
        )
    return "Look the code up in Meta's error codes, or try again in a minute."


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())
