"""From a filled-in template to the JSON of a send call (reference, section 9)."""

from collections.abc import Iterator

from domain.errors import InvalidInput
from domain.template_body import (
    ButtonValue,
    HeaderLocation,
    HeaderMedia,
    HeaderText,
    HeaderValue,
    TemplateBody,
    check_template_body,
)
from domain.template_components import ButtonKind, HeaderFormat
from infrastructure.whatsapp.decoding import JsonObject


def template_members(body: TemplateBody, meta_media_id: str | None = None) -> JsonObject:
    """Return the members of a send call that carry the template.

    A kept file in its header is named by `meta_media_id`.
    """
    template: JsonObject = {"name": body.name, "language": {"code": body.language}}
    components = list(_components(body, meta_media_id))
    if components:
        template["components"] = components
    return {"type": "template", "template": template}


def template_faults(body: TemplateBody) -> tuple[str, ...]:
    """Return what Meta would refuse, one sentence each; none if the body can be sent."""
    try:
        check_template_body(body, ())
    except InvalidInput as refusal:
        return (f"{'.'.join(refusal.field)}: {refusal.message}",)
    return ()


def _components(body: TemplateBody, meta_media_id: str | None) -> Iterator[JsonObject]:
    values = body.values
    if values.header is not None:
        header = _header(values.header, meta_media_id, is_named=body.is_named)
        yield {"type": "header", "parameters": [header]}
    if values.parameters:
        order = sorted(values.parameters, key=lambda each: (len(each.name), each.name))
        given = values.parameters if body.is_named else order
        texts = [_text(each.name, each.text, is_named=body.is_named) for each in given]
        yield {"type": "body", "parameters": texts}
    for button in values.buttons:
        yield _button(button)


def _text(name: str, text: str, *, is_named: bool) -> JsonObject:
    named = {"parameter_name": name} if is_named else {}
    return {"type": "text", **named, "text": text}


def _header(value: HeaderValue, meta_media_id: str | None, *, is_named: bool) -> JsonObject:
    match value:
        case HeaderText():
            return _text(value.name, value.text, is_named=is_named)
        case HeaderLocation():
            place = {
                "latitude": value.latitude,
                "longitude": value.longitude,
                "name": value.name,
                "address": value.address,
            }
            return {"type": "location", "location": place}
        case HeaderMedia():
            known = meta_media_id if value.file else value.media_id
            file = {"id": known} if known else {"link": value.link}
            if value.filename and value.format is HeaderFormat.DOCUMENT:
                file["filename"] = value.filename
            return {"type": value.format.value, value.format.value: file}


def _button(button: ButtonValue) -> JsonObject:
    kinds: dict[ButtonKind, tuple[str, JsonObject]] = {
        ButtonKind.URL: ("url", {"type": "text", "text": button.value}),
        ButtonKind.ONE_TIME_CODE: ("url", {"type": "text", "text": button.value}),
        ButtonKind.COPY_CODE: ("copy_code", {"type": "coupon_code", "coupon_code": button.value}),
    }
    reply = ("quick_reply", {"type": "payload", "payload": button.value})
    sub_type, parameter = kinds.get(button.kind, reply)
    return {
        "type": "button",
        "sub_type": sub_type,
        "index": str(button.place),
        "parameters": [parameter],
    }
