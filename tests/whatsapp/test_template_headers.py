"""A photo, video or document above a template: by Meta's id, by a link, or as a file of the hub."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.errors import InvalidInput
from domain.identity import MediaId
from domain.outbound_body import check_body, file_of
from domain.outbound_media import AttachedFile
from domain.template import Template
from domain.template_body import HeaderMedia, TemplateBody, TemplateValues
from domain.template_components import HeaderFormat
from domain.template_filling import fill_template
from infrastructure.whatsapp.outbound_bodies import message_members
from tests.domain.templates import filled_in
from tests.domain.test_template_filling import values, with_header

TYPES = {
    HeaderFormat.IMAGE: "image/jpeg",
    HeaderFormat.VIDEO: "video/mp4",
    HeaderFormat.DOCUMENT: "application/pdf",
}
WAYS = ("id", "link", "upload")
BOTH = [(form, way) for form in TYPES for way in WAYS]


def kept(form: HeaderFormat, **changes: Any) -> AttachedFile:
    facts: dict[str, Any] = {
        "media_id": MediaId(UUID(int=5)),
        "sha256": "ab" * 32,
        "content_type": TYPES[form],
        "size_bytes": 12_345,
    }
    return AttachedFile(**(facts | changes))


def header(form: HeaderFormat, way: str) -> HeaderMedia:
    match way:
        case "id":
            return HeaderMedia(format=form, media_id="7")
        case "link":
            return HeaderMedia(format=form, link="https://example.org/a")
        case _:
            return HeaderMedia(format=form, file=kept(form))


def below(value: HeaderMedia) -> TemplateBody:
    return msgspec.structs.replace(filled_in(), values=TemplateValues(header=value))


@pytest.mark.parametrize(("form", "way"), BOTH)
def test_the_file_is_named_to_meta_by_its_id_or_its_link(form: HeaderFormat, way: str) -> None:
    members = message_members(below(header(form, way)), meta_media_id="at-meta")
    (written,) = members["template"]["components"][0]["parameters"]
    file = {"id": {"id": "7"}, "link": {"link": "https://example.org/a"}}
    assert written == {
        "type": form.value,
        form.value: file.get(way, {"id": "at-meta"}),
    }


@pytest.mark.parametrize(("form", "way"), BOTH)
def test_a_template_with_such_a_header_is_filled_in_and_may_be_sent(
    form: HeaderFormat, way: str
) -> None:
    template: Template = with_header(form)
    body = fill_template(template, values(header=header(form, way), buttons=()))
    check_body(body)
    assert (file_of(body) is not None) is (way == "upload")


@pytest.mark.parametrize("form", TYPES)
def test_a_file_of_another_kind_is_refused_before_anything_is_sent(form: HeaderFormat) -> None:
    wrong = kept(form, content_type="application/zip")
    with pytest.raises(InvalidInput) as refused:
        check_body(below(HeaderMedia(format=form, file=wrong)))
    assert refused.value.field[-1] == "file"


@pytest.mark.parametrize("form", TYPES)
def test_a_file_that_is_too_large_for_its_kind_is_refused(form: HeaderFormat) -> None:
    large = kept(form, size_bytes=101 * 1024 * 1024)
    with pytest.raises(InvalidInput):
        check_body(below(HeaderMedia(format=form, file=large)))
