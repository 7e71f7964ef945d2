"""Templates: the newest word of Meta holds, whatever order the words arrive in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.template import (
    STATUS_WORDS,
    Template,
    TemplateCategoryChangeAnnounced,
    TemplateCategoryChanged,
    TemplateComponentsChanged,
    TemplateFound,
    TemplateQuality,
    TemplateQualityChanged,
    TemplateStatus,
    TemplateStatusChanged,
    status_of,
)
from domain.template_components import ParameterFormat, TemplateCategory, normalised_language
from domain.template_reports import (
    LISTING_MARGIN,
    NoteTemplateCategory,
    NoteTemplateComponents,
    NoteTemplateGone,
    NoteTemplateListing,
    NoteTemplateQuality,
    NoteTemplateStatus,
    TemplateReport,
)
from tests.domain.given import TENANT, Given, given
from tests.domain.memory_journal import START
from tests.domain.templates import COMPONENTS, NAME, WABA, template

TEMPLATE = template()
SECOND = timedelta(seconds=1)


def whose(at: datetime = START) -> dict[str, Any]:
    return {
        "template_id": TEMPLATE.template_id,
        "tenant_id": TENANT,
        "waba_id": WABA,
        "name": NAME,
        "language": "id",
        "meta_template_id": TEMPLATE.meta_template_id,
        "reported_at": at,
    }


def status(word: TemplateStatus, at: datetime = START) -> NoteTemplateStatus:
    return NoteTemplateStatus(**whose(at), status=word)


def listing(at: datetime = START, **changes: Any) -> NoteTemplateListing:
    facts: dict[str, Any] = {
        "status": TemplateStatus.APPROVED,
        "quality": TemplateQuality.GREEN,
        "category": TemplateCategory.UTILITY,
        "components": COMPONENTS,
        "parameter_format": ParameterFormat.POSITIONAL,
    }
    return NoteTemplateListing(**whose(at), **(facts | changes))


def after(*commands: TemplateReport) -> Template:
    """The template after these reports, in this order."""
    past: tuple[Any, ...] = ()
    for command in commands:
        past += given(Template, *past).when(command).then_any()
    return Template.replay(TEMPLATE.id, past)


def listed(*more: TemplateReport) -> Given:
    past: tuple[Any, ...] = ()
    for command in (listing(START - timedelta(days=1)), *more):
        past += given(Template, *past).when(command).then_any()
    return given(Template, *past)


def test_the_first_list_tells_everything_about_a_template() -> None:
    given(Template).when(listing()).then_kinds(
        TemplateFound,
        TemplateStatusChanged,
        TemplateQualityChanged,
        TemplateCategoryChanged,
        TemplateComponentsChanged,
    )


def test_the_same_list_again_changes_nothing() -> None:
    listed().when(listing()).then_nothing()


def test_a_webhook_before_the_first_list_is_kept_and_the_template_cannot_be_used_yet() -> None:
    first = status(TemplateStatus.APPROVED)
    found, _changed = given(Template).when(first).then_kinds(TemplateFound, TemplateStatusChanged)
    assert (found.name, found.language) == (NAME, "id")
    assert after(first).components is None


def test_a_pause_makes_a_template_unusable_and_an_approval_usable_again() -> None:
    paused = status(TemplateStatus.PAUSED)
    assert not after(listing(START - SECOND), paused).is_usable
    lifted = status(TemplateStatus.APPROVED, START + SECOND)
    assert after(listing(START - SECOND), paused, lifted).is_usable


def test_a_late_webhook_changes_nothing() -> None:
    paused = status(TemplateStatus.PAUSED, START)
    listed(paused).when(status(TemplateStatus.APPROVED, START - SECOND)).then_nothing()


def test_a_list_read_just_after_a_pause_does_not_lift_it_by_mistake() -> None:
    paused = status(TemplateStatus.PAUSED, START)
    stale = listing(START + LISTING_MARGIN - SECOND)
    listed(paused).when(stale).then_nothing()


def test_a_list_read_later_lifts_a_pause_whose_end_was_never_told() -> None:
    paused = status(TemplateStatus.PAUSED, START)
    (lifted,) = (
        listed(paused).when(listing(START + LISTING_MARGIN)).then_kinds(TemplateStatusChanged)
    )
    assert lifted.status is TemplateStatus.APPROVED


def test_a_pause_told_just_before_a_list_was_read_still_counts() -> None:
    rejected = listing(START, status=TemplateStatus.PENDING)
    late = status(TemplateStatus.PAUSED, START - SECOND)
    assert after(rejected, late).status is TemplateStatus.PAUSED


def test_a_flagged_template_stays_flagged_when_the_list_calls_it_approved() -> None:
    flagged = status(TemplateStatus.FLAGGED)
    listed(flagged).when(listing(START + timedelta(days=1))).then_nothing()


def test_what_the_whole_list_does_not_show_is_deleted_unless_it_is_newer() -> None:
    gone = NoteTemplateGone(**whose(START + timedelta(hours=1)))
    (deleted,) = listed().when(gone).then_kinds(TemplateStatusChanged)
    assert deleted.status is TemplateStatus.DELETED
    fresh = status(TemplateStatus.PENDING, START)
    listed(fresh).when(NoteTemplateGone(**whose(START))).then_nothing()


def test_a_template_made_anew_under_its_old_name_has_a_new_id_at_meta() -> None:
    anew = NoteTemplateStatus(
        **(whose() | {"meta_template_id": "77"}), status=TemplateStatus.PENDING
    )
    found, _ = listed().when(anew).then_kinds(TemplateFound, TemplateStatusChanged)
    assert found.meta_template_id == "77"


def test_a_quality_and_a_category_are_taken_when_they_change() -> None:
    yellow = NoteTemplateQuality(**whose(), quality=TemplateQuality.YELLOW)
    (changed,) = listed().when(yellow).then_kinds(TemplateQualityChanged)
    assert (changed.previous, changed.quality) == (TemplateQuality.GREEN, TemplateQuality.YELLOW)
    listed(yellow).when(yellow).then_nothing()
    marketing = NoteTemplateCategory(**whose(), category=TemplateCategory.MARKETING)
    (recounted,) = listed().when(marketing).then_kinds(TemplateCategoryChanged)
    assert recounted.category is TemplateCategory.MARKETING


def test_an_announced_category_does_not_count_yet() -> None:
    announced = NoteTemplateCategory(
        **whose(),
        category=TemplateCategory.UTILITY,
        announced=TemplateCategory.MARKETING,
        effective_at=START + timedelta(days=1),
    )
    listed().when(announced).then_kinds(TemplateCategoryChangeAnnounced)
    assert after(listing(START - SECOND), announced).category is TemplateCategory.UTILITY


def test_new_words_of_a_template_are_kept() -> None:
    changed = NoteTemplateComponents(
        **whose(), components=COMPONENTS, parameter_format=ParameterFormat.NAMED
    )
    listed().when(changed).then_kinds(TemplateComponentsChanged)


@for_all(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_in_whatever_order_and_number_the_reports_come_the_newest_holds(
    order: list[int], again: list[int]
) -> None:
    words = [
        TemplateStatus.PENDING,
        TemplateStatus.APPROVED,
        TemplateStatus.PAUSED,
        TemplateStatus.APPROVED,
        TemplateStatus.FLAGGED,
        TemplateStatus.DISABLED,
    ]
    reports = [status(word, START + SECOND * place) for place, word in enumerate(words)]
    assert after(*(reports[place] for place in (*order, *again))).status is TemplateStatus.DISABLED


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("APPROVED", TemplateStatus.APPROVED),
        ("REINSTATED", TemplateStatus.APPROVED),
        ("PENDING_DELETION", TemplateStatus.PENDING_DELETION),
        ("SOMETHING_NEW", TemplateStatus.UNKNOWN),
        (None, TemplateStatus.UNKNOWN),
    ],
)
def test_a_word_of_meta_has_one_meaning(word: str | None, means: TemplateStatus) -> None:
    assert status_of(word) is means
    assert set(STATUS_WORDS.values()) == set(TemplateStatus)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("en-US", "en_US"),
        ("en_US", "en_US"),
        ("EN_us", "en_US"),
        ("id", "id"),
        (" ID ", "id"),
        ("zh-hant-tw", "zh_Hant_TW"),
    ],
)
def test_a_language_is_written_in_one_way(written: str, normal: str) -> None:
    assert normalised_language(written) == normal
