"""What `hub sender add` and `hub sender verify` do, step by step, and how they tell it."""

import contextlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from api.cli.operator import Operator
from api.cli.output import print_facts, print_json
from domain.errors import InvalidInput
from domain.identity import SenderNumberId, TenantId
from domain.ports.whatsapp import AccessToken
from domain.sender_number import SenderNumber
from infrastructure.diagnosis.finding import Finding, State
from infrastructure.firm_setup import SenderSecrets
from infrastructure.http_pool import HttpClientPool
from infrastructure.sender_checks.meta_accounts import NumberAtMeta
from infrastructure.sender_checks.number_checks import TEST_LANGUAGE, TEST_TEMPLATE, NumberChecks
from infrastructure.sender_checks.senders import (
    SenderChecks,
    callback_path,
    is_blocked,
)
from infrastructure.vault.secret_store import SecretKind
from infrastructure.whatsapp.phone_numbers import canonical_phone

_MARKS: Final = {"ok": "ok     ", "warning": "warning", "wrong": "WRONG  "}
_NOT_STORED: Final = "Nothing was stored. Mend what is WRONG above and run the command again."


class Connecting(NamedTuple):
    """A number that is to be connected, as the person at the command line describes it."""

    waba_id: str
    phone_number_id: str
    display_phone: str
    secrets: SenderSecrets
    app: str
    graph_url: str | None
    callback_url: str | None
    test_to: str | None
    asks_meta: bool


def connected(
    person: Operator, tenant_id: TenantId, given: Connecting
) -> tuple[SenderNumberId | None, list[Finding]]:
    """Connect a number; returns its id, None where Meta says that it cannot be, and the steps.

    Raises NotFound, InvalidInput and AlreadyExists.
    """
    person.setup.require_tenant(tenant_id)
    with contextlib.closing(HttpClientPool()) as clients:
        checks = SenderChecks(person.store, clients).checks(
            NumberAtMeta(
                waba_id=given.waba_id,
                phone_number_id=given.phone_number_id,
                access_token=AccessToken(given.secrets.access_token),
                graph_url=given.graph_url,
            )
        )
        steps = checks.look(display_phone=given.display_phone) if given.asks_meta else []
        if is_blocked(steps):
            return None, steps
        number_id = person.setup.add_sender_number(
            tenant_id,
            waba_id=given.waba_id,
            phone_number_id=given.phone_number_id,
            display_phone=given.display_phone,
            secrets=given.secrets,
            app=given.app,
            graph_url=given.graph_url,
        )
        if given.asks_meta:
            steps += checks.connect(
                callback_path=callback_path(given.app),
                callback_url=given.callback_url,
                verify_token=given.secrets.verify_token,
            )
            steps += _test(checks, given.test_to)
        return number_id, steps


def verified(
    person: Operator, number_id: UUID, *, callback_url: str | None, test_to: str | None
) -> list[Finding]:
    """Ask Meta about a connected number, and set there what is missing. Raises NotFound."""
    tenant_id = person.firm_of(number_id, "number")
    records = person.store.journal.load(tenant_id, number_id)
    number = SenderNumber.replay_records(number_id, records)
    with contextlib.closing(HttpClientPool()) as clients:
        senders = SenderChecks(person.store, clients)
        checks = senders.checks_of(tenant_id, number)
        if checks is None:
            return senders.examine(tenant_id, number, may_change=True)
        steps = checks.look(display_phone=number.display_phone)
        if is_blocked(steps):
            return steps
        steps += checks.connect(
            callback_path=callback_path(number.app),
            callback_url=callback_url,
            verify_token=_verify_token(person, tenant_id, number.app) if callback_url else "",
        )
        return [*steps, *_test(checks, test_to)]


def print_steps(facts: Mapping[str, Any], steps: list[Finding], *, as_json: bool) -> None:
    """Print what was done, and each step with what to do about it."""
    is_stored = facts.get("sender_number_id") is not None
    if as_json:
        print_json({**facts, "steps": steps})
        return
    for step in steps:
        print(f"{_MARKS[step.state]}  {step.name:<12} {step.found}")
        if step.mend:
            print(f"         {'':<12} {step.mend}")
    if is_stored:
        print_facts(facts, as_json=False)
    else:
        print(_NOT_STORED)


def _test(checks: NumberChecks, to: str | None) -> list[Finding]:
    if to is None:
        return []
    phone = canonical_phone(to)
    if phone is None:
        mend = "Write it with country code, such as +62 812 5550 1234."
        return [Finding("test", State.WRONG, "that is no phone number", mend)]
    return [checks.send_test(phone, template=TEST_TEMPLATE, language=TEST_LANGUAGE)]


def _verify_token(person: Operator, tenant_id: TenantId, app: str) -> str:
    held = [
        one
        for one in person.store.secrets.of_holder(app)
        if one.kind is SecretKind.VERIFY_TOKEN and one.tenant_id == tenant_id
    ]
    if not held:
        raise InvalidInput(
            "The firm keeps no verify token of this app.",
            hint="Run `hub sender add` for the number again with its secrets.",
        )
    return held[-1].secret
