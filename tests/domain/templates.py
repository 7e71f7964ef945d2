"""A template of the firm and values for it, that tests start from."""

from datetime import timedelta
from typing import Any, Final

from domain.identity import template_id_of
from domain.template import Template, TemplateQuality, TemplateStatus
from domain.template_body import (
    ButtonValue,
    HeaderText,
    TemplateBody,
    TemplateParameter,
    TemplateValues,
)
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_filling import fill_template
from domain.template_reports import NoteTemplateListing, NoteTemplateStatus
from tests.domain.given import TENANT, given
from tests.domain.memory_journal import START

WABA: Final = "waba_id"
NAME: Final = "pengingat"
COMPONENTS: Final = TemplateComponents(
    header=TemplateHeader(format=HeaderFormat.TEXT, text="Perkara {{1}}", example="12/2026"),
    body="Yth. {{1}}, sidang pada {{2}} pagi.",
    footer="Kantor Hukum Contoh",
    buttons=(
        TemplateButton(kind=ButtonKind.QUICK_REPLY, text="Saya hadir"),
        TemplateButton(
            kind=ButtonKind.URL,
            text="Peta",
            url="https://example.org/{{1}}",
            example="https://example.org/a",
        ),
    ),
    examples=("Ratna", "Jumat"),
)
COMPONENTS_FOR_META: Final[list[dict[str, Any]]] = [
    {"type": "HEADER", "format": "TEXT", "text": "Perkara {{1}}"},
    {"type": "BODY", "text": "Yth. {{1}}, sidang pada {{2}} pagi."},
    {"type": "FOOTER", "text": "Kantor Hukum Contoh"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Saya hadir"},
            {"type": "URL", "text": "Peta", "url": "https://example.org/{{1}}"},
        ],
    },
]
VALUES: Final = TemplateValues(
    header=HeaderText(name="1", text="12/2026"),
    parameters=(
        TemplateParameter(name="1", text="Ratna"),
        TemplateParameter(name="2", text="Jumat"),
    ),
    buttons=(
        ButtonValue(place=0, kind=ButtonKind.QUICK_REPLY, value="hadir"),
        ButtonValue(place=1, kind=ButtonKind.URL, value="pn-bandung"),
    ),
)


def template(
    status: TemplateStatus = TemplateStatus.APPROVED,
    *,
    components: TemplateComponents | None = COMPONENTS,
    name: str = NAME,
    waba_id: str = WABA,
    category: TemplateCategory = TemplateCategory.UTILITY,
    parameter_format: ParameterFormat = ParameterFormat.POSITIONAL,
) -> Template:
    """The template as Meta's list showed it; without components, as a webhook announced it."""
    whose = {
        "template_id": template_id_of(TENANT, waba_id, name, "id"),
        "tenant_id": TENANT,
        "waba_id": waba_id,
        "name": name,
        "language": "id",
        "reported_at": START - timedelta(days=1),
        "meta_template_id": "1844900215377061",
    }
    command: NoteTemplateListing | NoteTemplateStatus
    if components is None:
        command = NoteTemplateStatus(**whose, status=status)  # type: ignore[arg-type]
    else:
        command = NoteTemplateListing(
            **whose,  # type: ignore[arg-type]
            status=status,
            quality=TemplateQuality.GREEN,
            category=category,
            components=components,
            parameter_format=parameter_format,
        )
    sentence = given(Template).when(command)
    sentence.then_any()
    made: Template = sentence.aggregate
    return made


def filled_in(values: TemplateValues = VALUES) -> TemplateBody:
    """The template with its values."""
    return fill_template(template(), values)
