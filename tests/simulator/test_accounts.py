"""Numbers, subscriptions, blocked people, tokens, versions."""

from typing import Any

import httpx
import pytest

from infrastructure.simulator import (
    AppConfig,
    PhoneNumberConfig,
    SimulatorClient,
    SimulatorRefused,
    TokenConfig,
    WabaConfig,
)
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_ID,
    MANAGEMENT,
    MESSAGING,
)
from tests.simulator.configurations import START
from tests.simulator.graph_caller import NUMBER, WABA, GraphCaller, error_code
from tests.simulator.recording_hub import VERIFY_TOKEN, RecordingHub


async def test_a_number_tells_the_fields_that_are_asked_for(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    default = (await graph.get(NUMBER)).json()
    asked = (await graph.get(NUMBER, fields="status,throughput,quality_rating")).json()

    assert default == {
        "verified_name": "Kantor Hukum Contoh",
        "display_phone_number": "+622150880011",
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "id": NUMBER,
    }
    assert asked == {
        "status": "CONNECTED",
        "throughput": {"level": "STANDARD"},
        "quality_rating": "GREEN",
        "id": NUMBER,
    }
    assert error_code(await graph.get(NUMBER, fields="colour")) == 100


async def test_the_numbers_of_an_account_are_listed(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    (number,) = (await graph.get(f"{WABA}/phone_numbers")).json()["data"]

    assert number["id"] == NUMBER
    assert (await graph.get(WABA)).json()["id"] == WABA


async def test_an_unregistered_number_cannot_send_until_it_is_registered(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await graph.post(f"{NUMBER}/deregister", {})
    refused = await graph.send_text("x")
    bad_pin = await graph.post(f"{NUMBER}/register", {"messaging_product": "whatsapp", "pin": "12"})
    registered = await graph.post(
        f"{NUMBER}/register", {"messaging_product": "whatsapp", "pin": "123456"}
    )

    assert error_code(refused) == 133010
    assert error_code(bad_pin) == 100
    assert registered.json() == {"success": True}
    assert (await graph.send_text("x")).status_code == 200


async def test_registrations_are_limited_to_ten_in_72_hours(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    answers = [await graph.post(f"{NUMBER}/deregister", {}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [400]
    assert error_code(answers[-1]) == 133016
    await sim.clock.advance(72 * 3600)
    assert (await graph.post(f"{NUMBER}/deregister", {})).status_code == 200


async def test_settings_are_read_and_written(sim: SimulatorClient, graph: GraphCaller) -> None:
    change: dict[str, Any] = {"user_identity_change": {"enable_identity_key_check": True}}
    await graph.post(f"{NUMBER}/settings", change)

    assert (await graph.get(f"{NUMBER}/settings")).json() == change
    assert error_code(await graph.post(f"{NUMBER}/settings", {"user_identity_change": 1})) == 100


async def test_only_people_who_wrote_lately_can_be_blocked(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    await sim.person("Dimas", "+6281290001111", key="dimas")
    users = [{"user": "+6281210004321"}, {"user": "+6281290001111"}]
    partly = await graph.post(
        f"{NUMBER}/block_users", {"messaging_product": "whatsapp", "block_users": users}
    )

    assert (partly.status_code, error_code(partly)) == (400, 139100)
    assert partly.json()["block_users"]["added_users"][0]["wa_id"] == "6281210004321"
    assert partly.json()["block_users"]["failed_users"][0]["input"] == "+6281290001111"
    assert error_code(await graph.send_text("x")) == 130403
    with pytest.raises(SimulatorRefused, match="blocked"):
        await sim.say(ratna, "Halo?")

    listed = (await graph.get(f"{NUMBER}/block_users")).json()["data"]
    assert [each["wa_id"] for each in listed] == ["6281210004321"]
    await graph.http.request(
        "DELETE",
        f"{NUMBER}/block_users",
        json={"messaging_product": "whatsapp", "block_users": users[:1]},
    )
    assert (await graph.send_text("x")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, 0),
        ({"Authorization": "Bearer wrong"}, 401, 190),
        ({"Authorization": "Basic abc"}, 401, 0),
    ],
)
async def test_requests_without_a_valid_token_are_refused(
    sim: SimulatorClient, headers: dict[str, str], status: int, code: int
) -> None:
    async with httpx.AsyncClient(base_url=sim.graph_url, trust_env=False) as client:
        response = await client.get(f"/v26.0/{NUMBER}", headers=headers)

    assert (response.status_code, error_code(response)) == (status, code)


async def test_a_token_expires_and_lacks_what_it_was_not_given(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    await sim.add_token(
        TokenConfig(
            token="narrow",
            app_id=DEFAULT_APP_ID,
            scopes=(MANAGEMENT,),
            expires_at=START + 60,
        )
    )
    async with GraphCaller(sim.graph_url, "narrow") as narrow:
        refused = await narrow.send_text("x")
        assert (refused.status_code, error_code(refused)) == (403, 10)
        await sim.clock.advance(61)
        expired = await narrow.get(NUMBER)
        assert (expired.status_code, error_code(expired)) == (401, 190)

    data = (await graph.get("debug_token", input_token="narrow")).json()["data"]
    assert (data["is_valid"], data["scopes"]) == (False, [MANAGEMENT])
    own = (await graph.get("debug_token", input_token=DEFAULT_ACCESS_TOKEN)).json()["data"]
    assert (own["is_valid"], own["expires_at"], own["app_id"]) == (True, 0, DEFAULT_APP_ID)
    unknown = (await graph.get("debug_token", input_token="?")).json()["data"]
    assert unknown["is_valid"] is False


async def test_another_accounts_objects_look_like_unknown_ones(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    number = PhoneNumberConfig(phone_number_id="77", display_phone_number="+622150880077")
    await sim.add_waba(WabaConfig(waba_id="7", portfolio_id="8", phone_numbers=(number,)))
    await sim.add_token(
        TokenConfig(
            token="seven", app_id=DEFAULT_APP_ID, wabas=("7",), scopes=(MESSAGING, MANAGEMENT)
        )
    )
    async with GraphCaller(sim.graph_url, "seven") as seven:
        foreign = await seven.get(NUMBER)
        unknown = await seven.get("999")
        assert (await seven.get("77")).status_code == 200
        assert (await seven.send_text("x")).status_code == 400

    assert foreign.status_code == unknown.status_code == 400
    for answer, node in ((foreign, NUMBER), (unknown, "999")):
        error = answer.json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)
        assert node in error["error_data"]["details"]


@pytest.mark.parametrize("version", ["v20.0", "v99.0", "latest"])
async def test_unknown_and_expired_versions_are_refused(sim: SimulatorClient, version: str) -> None:
    async with httpx.AsyncClient(base_url=sim.graph_url, trust_env=False) as client:
        response = await client.post(f"/{version}/{NUMBER}/messages", json={})

    assert (response.status_code, error_code(response)) == (400, 2635)


@pytest.mark.parametrize("path", ["1/2/3", f"{NUMBER}/unheard_of"])
async def test_unknown_paths_answer_like_unknown_objects(
    sim: SimulatorClient, graph: GraphCaller, path: str
) -> None:
    assert error_code(await graph.get(path)) == 100


async def test_two_firms_have_their_own_apps_secrets_and_numbers(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    number = PhoneNumberConfig(phone_number_id="77", display_phone_number="+622150880077")
    await sim.add_waba(WabaConfig(waba_id="7", portfolio_id="8", phone_numbers=(number,)))
    await sim.add_app(AppConfig(app_id="second", app_secret="another", wabas=("7",)))
    await sim.set_callback(f"{connected.url}/webhooks/seven", VERIFY_TOKEN, app_id="second")
    await sim.person("Ratna", "+6281210004321", key="ratna")
    await sim.say("ratna", "satu")
    await sim.say("ratna", "dua", phone_number_id="77")
    await sim.clock.settle()

    routes = {
        (delivery.url.rpartition("/")[2], delivery.app_id) for delivery in await sim.deliveries()
    }
    assert routes == {("whatsapp", DEFAULT_APP_ID), ("seven", "second")}
    ids = {post.changes[0]["value"]["contacts"][0]["user_id"] for post in connected.posts}
    assert len(ids) == 2, "each portfolio knows a person by another id"


@pytest.mark.parametrize(
    "config",
    [
        PhoneNumberConfig(phone_number_id=NUMBER, display_phone_number="+622150880077"),
        PhoneNumberConfig(phone_number_id="77", display_phone_number="+622150880077"),
    ],
)
async def test_accounts_that_contradict_each_other_are_refused_with_a_sentence(
    sim: SimulatorClient, config: PhoneNumberConfig
) -> None:
    waba_id = WABA if config.phone_number_id == NUMBER else "404"
    with pytest.raises(SimulatorRefused, match=r"taken|no WABA"):
        await sim.add_number(waba_id, config)
    with pytest.raises(SimulatorRefused, match="unknown app"):
        await sim.add_token(TokenConfig(token="x", app_id="404"))


async def test_marking_as_read_is_noted_and_needs_a_message_to_this_number(
    sim: SimulatorClient, graph: GraphCaller, ratna: str
) -> None:
    wamid = await sim.say(ratna, "Halo")
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    seen = await graph.post(f"{NUMBER}/messages", mark)
    typing = await graph.post(f"{NUMBER}/messages", {**mark, "typing_indicator": {"type": "text"}})
    unknown = await graph.post(f"{NUMBER}/messages", {**mark, "message_id": "wamid.HBgN"})

    assert seen.json() == typing.json() == {"success": True}
    assert error_code(unknown) == 131009
    assert [(mark.wamid, mark.typing) for mark in await sim.reads()] == [
        (wamid, False),
        (wamid, True),
    ]
    assert await sim.sends() == []
