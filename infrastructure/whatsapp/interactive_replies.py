"""Answers to interactive messages: buttons, lists, forms, call permissions."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Final

from domain.message_content import (
    AddressReplyContent,
    ButtonReplyContent,
    CallPermissionReplyContent,
    FlowReplyContent,
    ListReplyContent,
    MessageContent,
)
from infrastructure.whatsapp.decoding import JsonObject, NotJson, as_json, decode
from infrastructure.whatsapp.members import (
    as_object,
    filled_text,
    flag,
    identifier,
    moment,
    text,
    word,
)

_ADDRESS_FORM: Final = "address_message"


def interactive_content(message: JsonObject) -> MessageContent | None:
    """Return the answer to an interactive message, or None for a kind that is not known."""
    body = as_object(message.get("interactive"))
    kind = word(body.get("type")) or ""
    normaliser = _REPLIES.get(kind)
    reply = as_object(body.get(kind))
    return normaliser(reply) if normaliser is not None and reply else None


def _button_reply(reply: JsonObject) -> MessageContent | None:
    title = text(reply.get("title"))
    reply_id = filled_text(reply.get("id"))
    if title is None and reply_id is None:
        return None
    return ButtonReplyContent(title=title or "", reply_id=reply_id)


def _list_reply(reply: JsonObject) -> MessageContent | None:
    title = text(reply.get("title"))
    reply_id = filled_text(reply.get("id"))
    if title is None and reply_id is None:
        return None
    return ListReplyContent(
        title=title or "", reply_id=reply_id, description=filled_text(reply.get("description"))
    )


def _form_reply(reply: JsonObject) -> MessageContent | None:
    answers = reply.get("response_json")
    if isinstance(answers, dict):
        # Documented as JSON inside a string; some hand over the object itself.
        answers = as_json(answers).decode()
    answers_json = filled_text(answers)
    if answers_json is None:
        return None
    name = identifier(reply.get("name"))
    body = filled_text(reply.get("body"))
    if name == _ADDRESS_FORM:
        return AddressReplyContent(answers_json=answers_json, body=body)
    return FlowReplyContent(
        answers_json=answers_json, flow_name=name, body=body, flow_token=_flow_token(answers_json)
    )


def _flow_token(answers_json: str) -> str | None:
    with contextlib.suppress(NotJson):
        return identifier(as_object(decode(answers_json.encode())).get("flow_token"))
    return None


def _call_permission_reply(reply: JsonObject) -> MessageContent | None:
    response = word(reply.get("response"))
    if response not in {"accept", "reject"}:
        return None
    return CallPermissionReplyContent(
        accepted=response == "accept",
        is_permanent=flag(reply.get("is_permanent")),
        expires_at=moment(reply.get("expiration_timestamp")),
        source=word(reply.get("response_source")),
    )


_REPLIES: Final[Mapping[str, Callable[[JsonObject], MessageContent | None]]] = {
    "button_reply": _button_reply,
    "call_permission_reply": _call_permission_reply,
    "list_reply": _list_reply,
    "nfm_reply": _form_reply,
}
