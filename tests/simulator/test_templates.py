"""Templates: creation, review, listing, editing, pausing, deletion."""

from typing import Any

import pytest

from infrastructure.simulator import SimulatorClient
from tests.simulator.graph_caller import WABA, GraphCaller, error_code
from tests.simulator.recording_hub import RecordingHub

BODY = {"type": "BODY", "text": "Yth. {{1}}, sidang Anda besok."}


async def create(graph: GraphCaller, name: str = "pengingat", **changes: Any) -> Any:
    template = {"name": name, "language": "id", "category": "UTILITY", "components": [BODY]}
    return await graph.post(f"{WABA}/message_templates", {**template, **changes})


async def test_a_new_template_is_pending_and_approved_after_its_review(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    created = (await create(graph)).json()
    await sim.clock.advance(31)

    assert (created["status"], created["category"]) == ("PENDING", "UTILITY")
    (change,) = connected.posts[-1].changes
    assert change["field"] == "message_template_status_update"
    assert change["value"] == {
        "event": "APPROVED",
        "message_template_id": int(created["id"]),
        "message_template_name": "pengingat",
        "message_template_language": "id",
        "reason": "NONE",
        "message_template_category": "UTILITY",
    }
    assert connected.posts[-1].json["entry"][0]["time"] > 0
    listed = (await graph.get(f"{WABA}/message_templates")).json()["data"]
    assert [(each["id"], each["status"]) for each in listed] == [(created["id"], "APPROVED")]


async def test_a_review_can_end_with_a_rejection(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    await sim.fault("reject_template")
    created = (await create(graph)).json()
    await sim.clock.advance(31)

    value = connected.posts[-1].changes[0]["value"]
    assert (value["event"], value["reason"]) == ("REJECTED", "INVALID_FORMAT")
    edited = await graph.post(created["id"], {"components": [BODY]})
    assert edited.json() == {"success": True}
    await sim.clock.advance(31)
    assert (await graph.get(created["id"])).json()["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Pengingat Sidang"}, 100),
        ({"category": "REMINDER"}, 100),
        ({"language": ""}, 100),
        ({"components": "BODY"}, 100),
        ({"components": []}, 2388072),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
        ({"components": [{"type": "BODY", "text": "Halo {{1}}"}]}, 2388299),
        ({"components": [BODY, {"type": "HEADER", "format": "SOUND"}]}, 2388047),
        ({"components": [BODY, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}]}, 2388040),
        ({"components": [BODY, {"type": "FOOTER", "text": "Hal {{1}} ini"}]}, 2388073),
        ({"components": [BODY, {"type": "BUTTONS", "buttons": []}]}, 100),
        (
            {
                "components": [
                    BODY,
                    {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x" * 26}]},
                ]
            },
            2388040,
        ),
        ({"parameter_format": "MIXED"}, 100),
    ],
)
async def test_a_template_that_breaks_a_rule_is_refused(
    sim: SimulatorClient, graph: GraphCaller, changes: dict[str, Any], code: int
) -> None:
    response = await create(graph, **changes)

    assert (response.status_code, error_code(response)) == (400, code)


async def test_name_and_language_are_unique_together(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    await create(graph)
    assert (await create(graph, language="en_US")).status_code == 200
    again = await create(graph, language="en-US")

    assert again.json()["error"]["error_subcode"] == 2388024


async def test_pages_are_followed_by_cursor_and_a_bad_cursor_is_131059(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    for number in range(5):
        await create(graph, f"nomor_{number}")
    names: list[str] = []
    query = {"limit": "2"}
    while True:
        page = (await graph.get(f"{WABA}/message_templates", **query)).json()
        names += [each["name"] for each in page["data"]]
        if "next" not in page["paging"]:
            break
        query["after"] = page["paging"]["cursors"]["after"]

    assert names == [f"nomor_{number}" for number in range(5)]
    assert error_code(await graph.get(f"{WABA}/message_templates", after="x")) == 131059
    assert error_code(await graph.get(f"{WABA}/message_templates", limit="-1")) == 100


async def test_a_name_is_deleted_in_every_language_or_by_id_in_one(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    await create(graph)
    english = (await create(graph, language="en")).json()["id"]
    await graph.http.delete(
        f"{WABA}/message_templates", params={"name": "pengingat", "hsm_id": english}
    )
    left = (await graph.get(f"{WABA}/message_templates")).json()["data"]
    assert [each["language"] for each in left] == ["id"]

    await graph.http.delete(f"{WABA}/message_templates", params={"name": "pengingat"})
    assert (await graph.get(f"{WABA}/message_templates")).json()["data"] == []
    missing = await graph.http.delete(f"{WABA}/message_templates", params={"name": "pengingat"})
    assert error_code(missing) == 100
    await sim.clock.settle()
    assert [p.changes[0]["value"]["event"] for p in connected.posts] == ["DELETED", "DELETED"]


async def test_a_category_changes_after_a_days_notice(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    template_id = (await create(graph)).json()["id"]
    await sim.clock.advance(31)
    await sim.set_template(template_id, category="MARKETING")
    await sim.clock.advance(24 * 3600 - 1)
    assert (await graph.get(template_id)).json()["category"] == "UTILITY"
    await sim.clock.advance(2)

    notice, change = (post.changes[0]["value"] for post in connected.posts[1:])
    assert (notice["new_category"], notice["correct_category"]) == ("UTILITY", "MARKETING")
    assert (change["previous_category"], change["new_category"]) == ("UTILITY", "MARKETING")
    assert (await graph.get(template_id)).json()["category"] == "MARKETING"


async def test_a_paused_template_is_announced_and_can_be_unpaused(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    template_id = (await create(graph)).json()["id"]
    await sim.clock.advance(31)
    assert error_code(await graph.post(f"{template_id}/unpause", {})) == 100
    await sim.set_template(template_id, status="PAUSED", title="FIRST_PAUSE", quality="RED")
    await sim.clock.settle()

    changes = [change for post in connected.posts[1:] for change in post.changes]
    by_field = {change["field"]: change["value"] for change in changes}
    assert by_field["message_template_status_update"]["other_info"]["title"] == "FIRST_PAUSE"
    assert by_field["message_template_quality_update"]["new_quality_score"] == "RED"
    assert (await graph.post(f"{template_id}/unpause", {})).json() == {"success": True}
    assert (await graph.get(template_id)).json()["status"] == "APPROVED"
