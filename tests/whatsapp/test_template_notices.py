"""Notices about templates say the same in the words of the domain."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.template import TemplateNote, TemplateQuality, TemplateStatus
from domain.template_components import ButtonKind, TemplateButton, TemplateCategory
from domain.template_notice import (
    AnyTemplateNotice,
    TemplateCategoryNotice,
    TemplateQualityNotice,
    TemplateStatusNotice,
    TemplateWordsNotice,
)
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.template_notices import TEMPLATE_FIELDS, template_notice
from infrastructure.whatsapp.updates import Notice
from tests.whatsapp.sample_files import sample_bytes

WHICH: dict[str, Any] = {
    "name": "pengingat_sidang",
    "language": "id",
    "meta_template_id": "1844900215377061",
}
MARKETING, UTILITY = TemplateCategory.MARKETING, TemplateCategory.UTILITY


def decided(
    status: TemplateStatus, category: TemplateCategory = UTILITY, **facts: Any
) -> TemplateStatusNotice:
    return TemplateStatusNotice(**WHICH, status=status, category=category, **facts)


EXPECTED: dict[str, AnyTemplateNotice] = {
    "template-status-approved": decided(TemplateStatus.APPROVED),
    "template-status-pending": decided(TemplateStatus.PENDING),
    "template-status-pending-deletion": decided(TemplateStatus.PENDING_DELETION),
    "template-status-flagged": decided(TemplateStatus.FLAGGED, MARKETING),
    "template-status-disabled": decided(
        TemplateStatus.DISABLED,
        MARKETING,
        title="disabled",
        note=TemplateNote(
            description="Your WhatsApp message template was disabled after repeated low quality."
        ),
    ),
    "template-status-paused": decided(
        TemplateStatus.PAUSED,
        MARKETING,
        title="first_pause",
        note=TemplateNote(
            description="Your WhatsApp message template has been paused for 3 hours "
            "because it continued to have issues."
        ),
    ),
    "template-status-unpaused": decided(
        TemplateStatus.APPROVED,
        MARKETING,
        title="unpause",
        note=TemplateNote(description="Your WhatsApp message template has been unpaused."),
    ),
    "template-status-rejected": decided(
        TemplateStatus.REJECTED,
        MARKETING,
        reason="invalid_format",
        note=TemplateNote(
            rejection="The template has parameters next to each other without text between them.",
            recommendation="Separate the parameters with descriptive text.",
        ),
    ),
    "template-quality-update": TemplateQualityNotice(**WHICH, quality=TemplateQuality.YELLOW),
    "template-category-update-impending": TemplateCategoryNotice(
        **WHICH,
        category=UTILITY,
        announced=MARKETING,
        effective_at=datetime(2026, 11, 19, 2, 15, 30, tzinfo=UTC),
    ),
    "template-category-update-completed": TemplateCategoryNotice(**WHICH, category=MARKETING),
    "template-components-update": TemplateWordsNotice(
        **WHICH,
        body="Yth. {{nama}}, sidang Anda dijadwalkan pada {{tanggal}} pukul {{jam}}.",
        header_text="Pengingat jadwal sidang",
        footer="Kantor Hukum Contoh",
        buttons=(
            TemplateButton(
                kind=ButtonKind.PHONE_NUMBER, text="Hubungi kantor", phone_number="+622150880011"
            ),
            TemplateButton(
                kind=ButtonKind.URL, text="Lihat jadwal", url="https://example.org/jadwal"
            ),
        ),
    ),
}


@pytest.mark.parametrize("sample", EXPECTED)
def test_a_sample_says_what_its_kind_calls_for(sample: str) -> None:
    (notice,) = normalise(sample_bytes(sample)).updates
    assert isinstance(notice, Notice)
    assert template_notice(notice) == EXPECTED[sample]


def test_every_field_about_templates_is_read() -> None:
    assert len(TEMPLATE_FIELDS) == 4


@pytest.mark.parametrize("field", TEMPLATE_FIELDS)
@pytest.mark.parametrize(
    "value",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"message_template_name": null, "message_template_language": "id"}',
        b'{"message_template_name": "a", "message_template_language": 7}',
        (
            b'{"message_template_name": "a", "message_template_language": "id", "event": {},'
            b' "other_info": [], "rejection_info": 3, "new_category": [], "correct_category": {},'
            b' "new_quality_score": {"score": []}, "message_template_element": {},'
            b' "message_template_buttons": [1, null, {"message_template_button_type": []}]}'
        ),
    ],
)
def test_nothing_raises_whatever_a_notice_holds(field: str, value: bytes) -> None:
    notice = Notice(
        field=field,
        part=None,
        entry_id="1",
        waba_id="1",
        phone_number_id=None,
        entry_time=None,
        provider_time=None,
        event=None,
        value=value,
        content_hash="",
        is_recognised=True,
    )
    template_notice(notice)
