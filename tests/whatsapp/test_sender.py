"""The Cloud API gateway on the wire: what it asks, and what it makes of every kind of answer."""

import traceback
from typing import Any

import pytest

from domain.outbound_body import (
    ButtonsBody,
    ListBody,
    ListRow,
    ListSection,
    ReplyButton,
    TextBody,
)
from domain.outbound_cards import CardEntry, CardsBody, LocationBody, OutboundCard, ReactionBody
from domain.ports.whatsapp import (
    AccessToken,
    Recipient,
    SendOutcomeUnknown,
    SendRefused,
)
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.blocking_gateway import BlockingGateway
from tests.whatsapp.requests_to_send import (
    NUMBER,
    PHONE,
    TEXT,
    TOKEN,
    doubt,
    refusal,
    request,
)
from tests.whatsapp.scripted_server import ScriptedServer


def test_a_text_is_asked_for_as_meta_documents_it(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    gateway.send(request(reply_to_wamid="wamid.THEIRS"))
    (received,) = server.requests
    assert received.line == f"POST /v26.0/{NUMBER}/messages HTTP/1.1"
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    assert received.headers["content-type"] == "application/json"
    assert received.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": "text",
        "text": {"body": TEXT, "preview_url": False},
        "context": {"message_id": "wamid.THEIRS"},
        "biz_opaque_callback_data": "0197b1f0-0000-7000-8000-000000000001.1",
    }


def test_buttons_are_asked_for_as_meta_documents_them(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    buttons = (ReplyButton(id="yes", title="Ya"), ReplyButton(id="no", title="Tidak"))
    gateway.send(request(ButtonsBody(text="Setuju?", buttons=buttons)))
    assert server.requests[0].json["interactive"] == {
        "type": "button",
        "body": {"text": "Setuju?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "yes", "title": "Ya"}},
                {"type": "reply", "reply": {"id": "no", "title": "Tidak"}},
            ]
        },
    }


def test_a_list_is_asked_for_as_meta_documents_it(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    rows = (ListRow(id="a", title="Keluarga"), ListRow(id="b", title="Tanah", description="Waris"))
    gateway.send(request(ListBody(text="Soal apa?", button="Pilih", rows=rows)))
    assert server.requests[0].json["interactive"] == {
        "type": "list",
        "body": {"text": "Soal apa?"},
        "action": {
            "button": "Pilih",
            "sections": [
                {
                    "rows": [
                        {"id": "a", "title": "Keluarga"},
                        {"id": "b", "title": "Tanah", "description": "Waris"},
                    ]
                }
            ],
        },
    }


def test_a_list_has_header_footer_and_sections_as_meta_documents_them(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    sections = (ListSection(title="Perdata", rows=(ListRow(id="a", title="Tanah"),)),)
    body = ListBody(text="Soal?", button="Pilih", sections=sections, header="Satu", footer="Dua")
    gateway.send(request(body))
    interactive = server.requests[0].json["interactive"]
    assert interactive["header"] == {"type": "text", "text": "Satu"}
    assert interactive["footer"] == {"text": "Dua"}
    rows = [{"id": "a", "title": "Tanah"}]
    assert interactive["action"]["sections"] == [{"title": "Perdata", "rows": rows}]


def test_a_place_and_a_card_are_asked_for_as_meta_documents_them(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    gateway.send(request(LocationBody(latitude=-6.2, longitude=106.8, name="Kantor")))
    card = OutboundCard(
        name="Sari",
        phones=(CardEntry(value="+62215550100", label="WORK"),),
        emails=(CardEntry(value="sari@example.org"),),
        organisation="Notaris",
    )
    gateway.send(request(CardsBody(cards=(card,))))
    place, cards = (received.json for received in server.requests)
    assert place["location"] == {"latitude": -6.2, "longitude": 106.8, "name": "Kantor"}
    assert cards["contacts"] == [
        {
            "name": {"formatted_name": "Sari", "first_name": "Sari"},
            "phones": [{"phone": "+62215550100", "type": "WORK"}],
            "emails": [{"email": "sari@example.org"}],
            "org": {"company": "Notaris"},
        }
    ]


@pytest.mark.parametrize("emoji", ["\U0001f44d", ""], ids=["put", "taken away"])
def test_a_reaction_names_its_message_and_is_no_contextual_reply(
    gateway: BlockingGateway, server: ScriptedServer, emoji: str
) -> None:
    gateway.send(request(ReactionBody(emoji=emoji), reply_to_wamid="wamid.THEIRS"))
    asked = server.requests[0].json
    assert asked["reaction"] == {"message_id": "wamid.THEIRS", "emoji": emoji}
    assert "context" not in asked


def test_a_contact_without_phone_is_addressed_by_user_id(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    gateway.send(request(recipient=Recipient(user_id="ID.70418823915502846613")))
    assert server.requests[0].json["recipient"] == "ID.70418823915502846613"
    assert "to" not in server.requests[0].json


def test_a_number_may_have_an_address_of_its_own(server: ScriptedServer) -> None:
    with BlockingGateway(graph_url="http://127.0.0.1:1", graph_version="v25.0") as gateway:
        gateway.send(request(graph_url=f"{server.url}/"))
    assert server.requests[0].line.startswith(f"POST /v25.0/{NUMBER}/")


def test_an_acceptance_names_message_and_recipient(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    body = {
        "contacts": [{"input": PHONE, "wa_id": "6281210004321", "user_id": "ID.1"}],
        "messages": [{"id": "wamid.OURS", "message_status": "held_for_quality_assessment"}],
    }
    server.script.append(scripted.answer(200, body))
    accepted = gateway.send(request())
    assert accepted.wamid == "wamid.OURS"
    assert accepted.phone == "6281210004321"
    assert accepted.user_id == "ID.1"
    assert accepted.message_status == "held_for_quality_assessment"


NEVER_SENT: dict[str, dict[str, Any]] = {
    "empty text": {"body": TextBody(text="")},
    "long text": {"body": TextBody(text="x" * 4097)},
    "half a character": {"body": TextBody(text="half \ud83d")},
    "no buttons": {"body": ButtonsBody(text="Setuju?", buttons=())},
    "reaction to nothing": {"body": ReactionBody(emoji="\U0001f44d")},
    "place off the globe": {"body": LocationBody(latitude=91.0, longitude=0.0)},
    "nobody": {"recipient": Recipient()},
    "national phone": {"recipient": Recipient(phone="081210004321")},
    "phone with spaces": {"recipient": Recipient(phone="+62 812")},
    "no callback data": {"callback_data": ""},
    "long callback data": {"callback_data": "x" * 513},
    "no number": {"phone_number_id": ""},
    "no token": {"access_token": AccessToken("")},
    "token with line breaks": {"access_token": AccessToken("EAA\r\nX-Evil: 1")},
    "token with accents": {"access_token": AccessToken("EAAé")},
    "address without scheme": {"graph_url": "graph.facebook.com"},
    "address of files": {"graph_url": "ftp://graph.facebook.com"},
    "broken address": {"graph_url": "http://[::1"},
    "address without host": {"graph_url": "http://"},
}


@pytest.mark.parametrize("changes", NEVER_SENT.values(), ids=NEVER_SENT)
def test_what_meta_would_refuse_is_refused_without_a_call(
    gateway: BlockingGateway, server: ScriptedServer, changes: dict[str, Any]
) -> None:
    refused = refusal(gateway, **changes)
    assert not refused.retryable or not refused.retry.spends_attempt
    assert refused.next_step
    assert server.requests == []


def test_an_id_cannot_lead_the_call_elsewhere(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    gateway.send(request(phone_number_id="../v1/x?y=#z"))
    assert server.requests[0].line == "POST /v26.0/..%2Fv1%2Fx%3Fy%3D%23z/messages HTTP/1.1"


@pytest.mark.parametrize(
    "behaviour",
    [scripted.refused(131026), scripted.closed(), scripted.silent(), scripted.answer(502, b"x")],
    ids=str,
)
def test_an_error_shows_neither_contact_nor_words_nor_token(
    gateway: BlockingGateway, server: ScriptedServer, behaviour: scripted.Behaviour
) -> None:
    server.script.append(behaviour)
    with pytest.raises((SendRefused, SendOutcomeUnknown)) as caught:
        gateway.send(request())
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    for secret in (PHONE, TEXT, TOKEN):
        assert secret not in shown


def test_a_request_shows_neither_contact_nor_words_nor_token() -> None:
    shown = f"{request()!r} {request()} {request().recipient!r} {request().access_token!r}"
    for secret in (PHONE, TEXT, TOKEN):
        assert secret not in shown


def test_a_connection_is_used_again(gateway: BlockingGateway, server: ScriptedServer) -> None:
    for _ in range(5):
        gateway.send(request())
    assert len(server.requests) == 5
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_replaced(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    gateway.send(request())
    server.close_connections()
    gateway.send(request())
    assert len(server.requests) == 2
    assert server.connections == 2


def test_a_failed_call_does_not_spoil_the_next_one(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    server.script += [scripted.silent(), scripted.reset(), scripted.answer(200, b"x" * 2_000_000)]
    for _ in range(3):
        doubt(gateway)
    assert gateway.send(request()).wamid == "wamid.SCRIPTED1"


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_call(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    body = {"messages": [{"id": "wamid.A"}]}
    server.script.append(scripted.answer(200, body, {"Set-Cookie": "firm=one; Path=/"}))
    gateway.send(request())
    gateway.send(request())
    assert "cookie" not in server.requests[1].headers


def test_many_messages_go_out_side_by_side(
    gateway: BlockingGateway, server: ScriptedServer
) -> None:
    accepted = gateway.send_together([request() for _ in range(20)])
    assert len({each.wamid for each in accepted}) == 20
    assert len(server.requests) == 20
