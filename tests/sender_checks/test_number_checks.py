"""Connecting a number: what Meta says about it is told in words, and what is missing is set."""

import contextlib
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.ports.whatsapp import AccessToken
from infrastructure.diagnosis.finding import Finding, State
from infrastructure.http_pool import HttpClientPool
from infrastructure.sender_checks.meta_accounts import MetaAccounts, MetaAway, NumberAtMeta
from infrastructure.sender_checks.number_checks import NumberChecks
from infrastructure.sender_checks.senders import is_blocked
from infrastructure.simulator import (
    PersonConfig,
    PhoneNumberConfig,
    SimulatorConfig,
    TemplateConfig,
    TokenConfig,
    WabaConfig,
    simulator_server,
)
from infrastructure.simulator.configuration import (
    DEFAULT_APP_ID,
    DEFAULT_APP_SECRET,
    MANAGEMENT,
    MESSAGING,
    AppConfig,
)
from tests.whatsapp.scripted_server import answer, raw, running_server

NOW = datetime.now(UTC)
WABA, OTHER_WABA = "218804511903377", "218804511903378"
NUMBER, UNREGISTERED, ELSEWHERE = "640021557718839", "640021557718840", "640021557718841"
PATH = "/webhooks/whatsapp"
MINE = "+6281212121212"
HELLO = TemplateConfig(
    name="hello_world",
    language="en_US",
    category="UTILITY",
    components=[{"type": "BODY", "text": "Hello World"}],
)
NOT_SUBSCRIBED = "910034455667799"


def token(name: str, **changes: Any) -> TokenConfig:
    return TokenConfig(token=name, **({"app_id": DEFAULT_APP_ID} | changes))


CONFIGURATION = SimulatorConfig(
    apps=(
        AppConfig(app_id=DEFAULT_APP_ID, app_secret=DEFAULT_APP_SECRET),
        AppConfig(app_id=NOT_SUBSCRIBED, app_secret="another secret of tests", wabas=()),
    ),
    wabas=(
        WabaConfig(
            waba_id=WABA,
            phone_numbers=(
                PhoneNumberConfig(phone_number_id=NUMBER, display_phone_number="+622150880011"),
                PhoneNumberConfig(
                    phone_number_id=UNREGISTERED,
                    display_phone_number="+622150880012",
                    registered=False,
                ),
            ),
            templates=(HELLO,),
        ),
        WabaConfig(
            waba_id=OTHER_WABA,
            phone_numbers=(
                PhoneNumberConfig(phone_number_id=ELSEWHERE, display_phone_number="+622150880013"),
            ),
        ),
    ),
    tokens=(
        token("good"),
        token("expired", expires_at=(NOW - timedelta(days=1)).timestamp()),
        token("soon", expires_at=(NOW + timedelta(days=2)).timestamp()),
        token("messaging only", scopes=(MESSAGING,)),
        token("management only", scopes=(MANAGEMENT,)),
        token("other account", wabas=(OTHER_WABA,)),
        token("not subscribed", app_id=NOT_SUBSCRIBED),
    ),
    people=(PersonConfig(name="Saya", phone=MINE),),
)


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with simulator_server(CONFIGURATION) as url:
        yield url


@pytest.fixture
def clients() -> Iterator[HttpClientPool]:
    pool = HttpClientPool()
    yield pool
    pool.close()


class Desk:
    """Checks against a simulated Meta."""

    def __init__(self, url: str, clients: HttpClientPool) -> None:
        self.url = url
        self._clients = clients

    def checks(
        self, name: str = "good", *, number: str = NUMBER, waba: str = WABA, version: str = "v26.0"
    ) -> NumberChecks:
        meta = MetaAccounts(self._clients, graph_url=self.url, graph_version=version, timeout_s=2)
        return NumberChecks(meta, NumberAtMeta(waba, number, AccessToken(name)), NOW)

    def condition(self, **wish: Any) -> None:
        path = f"{self.url}/simulator/phone-numbers/{NUMBER}"
        assert httpx.post(path, json=wish, trust_env=False).is_success


@pytest.fixture
def desk(simulator: str, clients: HttpClientPool) -> Desk:
    return Desk(simulator, clients)


def named(findings: list[Finding], name: str) -> Finding:
    (found,) = [finding for finding in findings if finding.name == name]
    return found


def test_a_number_that_lacks_nothing_is_told_with_quality_and_limits(desk: Desk) -> None:
    findings = desk.checks().look(display_phone="+62 21 5088 0011")
    assert {finding.state for finding in findings} == {State.OK}
    names = [finding.name for finding in findings]
    assert names == ["token", "phone", "number", "health", "quality", "limits", "account"]
    assert "TIER_2K" in named(findings, "limits").found
    assert not is_blocked(findings)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown", "does not accept"),
        ("expired", "Meta refused"),
        ("messaging only", MANAGEMENT),
        ("management only", MESSAGING),
    ],
)
def test_a_token_that_is_not_enough_ends_the_asking(desk: Desk, name: str, words: str) -> None:
    findings = desk.checks(name).look()
    assert [finding.name for finding in findings] == ["token"]
    assert findings[0].state is State.WRONG
    assert "system user" in findings[0].mend
    assert words in findings[0].found or name == "unknown"
    assert is_blocked(findings)


def test_a_token_that_expires_soon_is_a_warning(desk: Desk) -> None:
    findings = desk.checks("soon").look()
    assert named(findings, "token").state is State.WARNING
    assert not is_blocked(findings)


@pytest.mark.parametrize(
    ("options", "display_phone", "wrong"),
    [
        ({"waba": OTHER_WABA}, None, "account"),
        ({"waba": "1"}, None, "account"),
        ({"number": "1"}, None, "phone"),
        ({"name": "other account"}, None, "phone"),
        ({}, "+62 21 9999 9999", "phone"),
    ],
)
def test_what_does_not_belong_together_is_not_connected(
    desk: Desk, options: dict[str, str], display_phone: str | None, wrong: str
) -> None:
    findings = desk.checks(**options).look(display_phone=display_phone)
    assert named(findings, wrong).state is State.WRONG
    assert named(findings, wrong).mend
    assert is_blocked(findings)


def test_a_number_that_is_not_registered_can_be_connected_and_is_told(desk: Desk) -> None:
    findings = desk.checks(number=UNREGISTERED).look()
    assert named(findings, "number").state is State.WRONG
    assert "register" in named(findings, "number").mend
    assert named(findings, "health").state is State.WRONG
    assert not is_blocked(findings)


def test_troubles_of_a_number_are_told(desk: Desk) -> None:
    desk.condition(quality_rating="RED", payment_problem=True)
    try:
        findings = desk.checks().look()
        assert named(findings, "quality").state is State.WARNING
        assert named(findings, "health").state is State.WARNING
        desk.condition(locked=True)
        findings = desk.checks().look()
        assert "131031" in named(findings, "health").found
    finally:
        desk.condition(quality_rating="GREEN", payment_problem=False, locked=False)


def test_an_app_that_is_not_subscribed_is_told_and_then_subscribed(desk: Desk) -> None:
    seen = desk.checks("not subscribed")
    assert not is_blocked(seen.look())
    told = named(seen.connect(callback_path=PATH, may_change=False), "subscription")
    assert told.state is State.WRONG
    assert "verify" in told.mend
    done = named(seen.connect(callback_path=PATH), "subscription")
    assert (done.state, "just now" in done.found) == (State.OK, True)
    again = named(seen.connect(callback_path=PATH), "subscription")
    assert "just now" not in again.found


def test_a_missing_callback_and_one_that_does_not_answer_are_told(
    desk: Desk, free_port: int
) -> None:
    checks = desk.checks()
    checks.look()
    missing = named(checks.connect(callback_path=PATH), "webhook")
    assert (missing.state, PATH in missing.mend) == (State.WRONG, True)
    nowhere = named(
        checks.connect(
            callback_path=PATH,
            callback_url=f"http://127.0.0.1:{free_port}{PATH}",
            verify_token="our word",
        ),
        "webhook",
    )
    assert nowhere.state is State.WRONG
    assert "verify token" in nowhere.mend


def test_the_templates_are_counted_and_a_test_is_sent(desk: Desk) -> None:
    checks = desk.checks()
    checks.look()
    assert "1 at Meta" in named(checks.connect(callback_path=PATH), "templates").found
    assert checks.send_test(MINE, template="hello_world", language="en_US").state is State.OK
    refused = checks.send_test(MINE, template="unknown", language="en_US")
    assert refused.state is State.WRONG
    assert refused.mend


def test_a_version_that_meta_does_not_serve_names_the_setting(desk: Desk) -> None:
    findings = desk.checks(version="v1.0").look()
    assert "HUB_GRAPH_API_VERSION" in findings[-1].mend


def test_without_meta_the_asking_ends(desk: Desk, free_port: int, clients: HttpClientPool) -> None:
    findings = Desk(f"http://127.0.0.1:{free_port}", clients).checks().look()
    assert [finding.name for finding in findings] == ["meta"]
    assert is_blocked(findings)
    assert "--no-verify" in findings[0].mend


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(200, b"<html>"),
        answer(200, b"[" * 100_000),
        answer(200, []),
        answer(200, {"data": "x"}),
        answer(200, {"data": {"is_valid": "yes", "scopes": 7, "expires_at": "never"}}),
        answer(500, b""),
        answer(400, {"error": "no"}),
        answer(400, {"error": {"code": "x", "message": 7}}),
        raw(b"SSH-2.0\r\n"),
    ],
    ids=str,
)
def test_whatever_answers_the_asking_ends_in_words(clients: HttpClientPool, behaviour: Any) -> None:
    with running_server() as server:
        server.script.extend([behaviour] * 4)
        findings = Desk(server.url, clients).checks().look()
    assert is_blocked(findings)
    assert all(finding.found and finding.mend for finding in findings if finding.state != "ok")


@pytest.mark.parametrize("behaviour", [raw(b""), answer(200, b"<html>")], ids=str)
def test_no_error_of_a_call_brings_the_token_along(behaviour: Any) -> None:
    number = NumberAtMeta(WABA, NUMBER, AccessToken("EAAcanary"))
    with running_server() as server, contextlib.closing(HttpClientPool()) as clients:
        server.script.append(behaviour)
        meta = MetaAccounts(clients, graph_url=server.url, graph_version="v26.0")
        with pytest.raises(MetaAway) as caught:
            meta.token(number)
    chained = caught.value.__cause__ or caught.value.__context__
    assert not isinstance(chained, httpx.HTTPError)
    assert "EAAcanary" not in "".join(traceback.format_exception(caught.value))
