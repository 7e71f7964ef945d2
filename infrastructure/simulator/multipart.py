"""Reads the ``multipart/form-data`` body of a media upload."""

import re

import msgspec

from infrastructure.simulator.errors import GraphError

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([a-z*]+)="([^"]*)"', re.IGNORECASE)
_LINE = b"\r\n"


class FormPart(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a form. ``filename`` and ``mime_type`` are set for files."""

    name: str
    content: bytes
    filename: str | None = None
    mime_type: str | None = None


def read_form(content_type: str, body: bytes) -> dict[str, FormPart]:
    """The form's parts by name. Raises GraphError 100 when the body is no such form."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        raise GraphError(100, "The upload must be multipart/form-data with a boundary.")
    delimiter = _LINE + b"--" + boundary[1].encode()
    sections = (_LINE + body).split(delimiter)
    parts: dict[str, FormPart] = {}
    for section in sections[1:]:
        if section.startswith(b"--"):
            return parts
        part = _part(section.removeprefix(_LINE))
        parts[part.name] = part
    raise GraphError(100, "The upload ends before its closing boundary.")


def _part(section: bytes) -> FormPart:
    head, separator, content = section.partition(_LINE + _LINE)
    if not separator:
        raise GraphError(100, "A part of the upload has no header.")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    parameters = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    if "name" not in parameters:
        raise GraphError(100, "A part of the upload has no name.")
    return FormPart(
        name=parameters["name"],
        content=content,
        filename=parameters.get("filename"),
        mime_type=headers.get("content-type"),
    )
