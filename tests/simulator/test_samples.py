"""Samples of template headers: sessions for the own app, resumed where they broke, and handles."""

from typing import Any

import httpx
import pytest

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_ID,
    AppConfig,
    TokenConfig,
)
from tests.simulator.graph_caller import WABA, GraphCaller, error_code

PHOTO = bytes(range(256)) * 40
OAUTH = {"authorization": f"OAuth {DEFAULT_ACCESS_TOKEN}"}


async def begun(graph: GraphCaller, app: str = DEFAULT_APP_ID, **changes: Any) -> httpx.Response:
    query = {"file_name": "a.jpg", "file_length": len(PHOTO), "file_type": "image/jpeg", **changes}
    return await graph.http.post(f"{app}/uploads", params=query)


async def session_of(graph: GraphCaller, **changes: Any) -> str:
    answer = await begun(graph, **changes)
    assert answer.status_code == 200, answer.text
    session: str = answer.json()["id"]
    return session


def at(graph: GraphCaller, session: str) -> str:
    """The whole address: by itself the id looks like one of a scheme of its own."""
    return f"{graph.http.base_url}{session}"


async def sent(
    graph: GraphCaller, session: str, content: bytes = PHOTO, offset: object = 0, **headers: str
) -> httpx.Response:
    given = {**OAUTH, "file_offset": str(offset), **headers}
    return await graph.http.post(at(graph, session), content=content, headers=given)


async def handle(graph: GraphCaller, **changes: Any) -> str:
    answer = await sent(graph, await session_of(graph, **changes))
    found: str = answer.json()["h"]
    return found


async def submitted(graph: GraphCaller, kind: str, *handles: str) -> httpx.Response:
    header: dict[str, Any] = {"type": "HEADER", "format": kind}
    if handles:
        header["example"] = {"header_handle": list(handles)}
    template = {"name": f"surat_{kind.lower()}", "language": "id", "category": "UTILITY"}
    components = [header, {"type": "BODY", "text": "Terlampir surat Anda."}]
    return await graph.post(f"{WABA}/message_templates", {**template, "components": components})


async def test_a_whole_file_ends_with_a_handle(sim: SimulatorClient, graph: GraphCaller) -> None:
    session = await session_of(graph)
    assert session.startswith("upload:")
    assert "?sig=" in session
    found = await graph.http.get(at(graph, session), headers=OAUTH)
    assert found.json() == {"id": session, "file_offset": 0}
    answer = await sent(graph, session)
    assert answer.json()["h"].startswith("4::aW1hZ2UvanBlZw==:")


async def test_a_file_that_broke_off_goes_on_where_it_stopped(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    session = await session_of(graph)
    await sim.fault("upload_cut_short")
    with pytest.raises(httpx.HTTPError):
        await sent(graph, session)
    offset = (await graph.http.get(at(graph, session), headers=OAUTH)).json()["file_offset"]
    assert offset == len(PHOTO) // 2
    assert error_code(await sent(graph, session)) == 100
    assert error_code(await sent(graph, session, PHOTO[offset:-10], offset)) == 100
    assert "h" in (await sent(graph, session, PHOTO[-10:], len(PHOTO) - 10)).json()


async def test_more_bytes_than_announced_are_refused(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    assert error_code(await sent(graph, await session_of(graph), PHOTO + b"x")) == 100


@pytest.mark.parametrize(
    "changes",
    [
        {"file_length": 0},
        {"file_length": "x"},
        {"file_length": 100 * 1024 * 1024 + 1},
        {"file_type": "image/webp"},
        {"file_type": ""},
    ],
)
async def test_what_meta_takes_as_no_sample_gets_no_session(
    sim: SimulatorClient, graph: GraphCaller, changes: dict[str, Any]
) -> None:
    assert error_code(await begun(graph, **changes)) == 100


async def test_a_session_belongs_to_the_app_of_its_token(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    await sim.add_app(AppConfig(app_id="77", app_secret="another secret"))
    await sim.add_token(TokenConfig(token="EAAother", app_id="77"))
    assert error_code(await begun(graph, app="77")) == 100
    assert error_code(await begun(graph, app="78")) == 100
    session = await session_of(graph)
    others = {"authorization": "OAuth EAAother"}
    assert error_code(await graph.http.get(at(graph, session), headers=others)) == 100
    assert error_code(await sent(graph, session, authorization=others["authorization"])) == 100
    assert error_code(await sent(graph, session.partition("?")[0])) == 100


async def test_a_session_takes_its_token_under_the_word_oauth_only(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    session = await session_of(graph)
    for word in (f"Bearer {DEFAULT_ACCESS_TOKEN}", "OAuth EAAunknown"):
        assert error_code(await sent(graph, session, authorization=word)) == 190
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.get(at(graph, session))).status_code == 401


async def test_a_header_with_a_file_needs_a_handle_of_such_a_file(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    photo = await handle(graph)
    assert error_code(await submitted(graph, "IMAGE")) == 100
    assert error_code(await submitted(graph, "IMAGE", "4::aW1hZ2UvanBlZw==:made:up")) == 100
    assert error_code(await submitted(graph, "DOCUMENT", photo)) == 100
    created = await submitted(graph, "IMAGE", photo)
    assert created.status_code == 200
    await sim.clock.advance(60)
    (listed,) = (await graph.get(f"{WABA}/message_templates")).json()["data"]
    (shown,) = listed["components"][0]["example"]["header_handle"]
    assert shown.startswith("https://")
    edited = await graph.post(created.json()["id"], {"components": listed["components"]})
    assert error_code(edited) == 100
