"""Files of intakes that went nowhere are deleted in time; a legal hold is stronger."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.contact_link_commands import NoteAbsorbed, NoteSeparated
from domain.identity import ContactId, conversation_id_of
from domain.inbound_message import Arrival
from domain.legal_hold import PlaceLegalHold, ReleaseLegalHold
from domain.media import Media, MediaState
from domain.media_retention import SetMediaRetention
from domain.message_content import TextContent
from infrastructure.unique_ids import new_id
from jobs.delete_due_media import delete_due_media, ring_for_deletions
from jobs.queues import Doorbells, QueueName, open_queue
from jobs.runtime import MediaRuntime
from tests.domain.given import TENANT
from tests.domain.story import CONTACT_ID, SENDER_ID
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_fetch_media import files, keeping, media, send_photo, work
from tests.jobs.test_fetch_older_files import comes, received
from tests.jobs.test_prepare_file import brought
from tests.media.meta_files import MetaFiles

__all__ = ["files", "keeping"]

DAY_S = 24 * 3600


@pytest.fixture
def message(keeping: MediaRuntime, story: StoredStory, files: MetaFiles) -> Any:
    """A stranger wrote, sent a photo, and never answered the consent question."""
    story.writes("Selamat pagi")
    sent = send_photo(story, files)
    work(keeping, story)
    return sent


def objects(folder: Path) -> list[Path]:
    return [one for one in (folder / "media" / "objects").rglob("*") if one.is_file()]


def test_a_file_goes_when_its_time_is_over_and_not_before(
    keeping: MediaRuntime, story: StoredStory, message: Any, tmp_path: Path
) -> None:
    story.clock.advance(seconds=29 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.STORED
    assert len(objects(tmp_path)) == 2
    story.clock.advance(seconds=2 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.DELETED
    assert objects(tmp_path) == []
    story.catch_up()
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).version == 2


@pytest.mark.parametrize("is_seen", [True, False], ids=["list knows", "list is late"])
def test_a_legal_hold_keeps_a_file_until_it_is_released(
    keeping: MediaRuntime, story: StoredStory, message: Any, is_seen: bool
) -> None:
    story.handle(PlaceLegalHold(contact_id=CONTACT_ID, reason="Perkara 12/Pdt.G/2026"))
    if is_seen:
        story.catch_up()
    story.clock.advance(seconds=99 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.STORED
    story.handle(ReleaseLegalHold(contact_id=CONTACT_ID))
    story.catch_up()
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.DELETED


def test_the_period_is_a_setting(keeping: MediaRuntime, story: StoredStory, message: Any) -> None:
    story.clock.advance(seconds=40 * DAY_S)
    delete_due_media(replace(keeping, retention_days=60), TENANT)
    assert media(keeping, message).state is MediaState.STORED


def decide(story: StoredStory, days: int | None) -> None:
    story.handle(SetMediaRetention(tenant_id=TENANT, days=days, reason="Kode etik"))
    story.catch_up()


def test_a_firm_decides_its_own_period_and_goes_back_to_that_of_the_hub(
    keeping: MediaRuntime, story: StoredStory, message: Any
) -> None:
    decide(story, 60)
    story.clock.advance(seconds=40 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.STORED
    decide(story, None)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.DELETED


def test_a_legal_hold_is_stronger_than_the_period_of_the_firm(
    keeping: MediaRuntime, story: StoredStory, message: Any
) -> None:
    decide(story, 1)
    story.handle(PlaceLegalHold(contact_id=CONTACT_ID, reason="Perkara 12/Pdt.G/2026"))
    story.clock.advance(seconds=9 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.STORED


def test_a_file_is_kept_while_the_person_goes_on_under_another_contact(
    keeping: MediaRuntime, story: StoredStory, message: Any, follow: Any, redis: Any
) -> None:
    older = ContactId(new_id())
    talk = conversation_id_of(older, SENDER_ID)
    asks = received(
        TextContent(body="Halo"),
        kind="text",
        arrival=Arrival.HISTORY,
        contact_id=older,
        conversation_id=talk,
    )
    comes(story, asks)
    story.handle(NoteAbsorbed(contact_id=CONTACT_ID, into_contact_id=older))
    story.catch_up()
    story.clock.advance(seconds=99 * DAY_S)
    ring_for_deletions(follow, Doorbells(redis), retention_days=1)
    delete_due_media(keeping, TENANT)
    assert open_queue(QueueName.MEDIA, redis).jobs == []
    assert media(keeping, message).state is MediaState.STORED
    story.handle(NoteSeparated(contact_id=CONTACT_ID, from_contact_id=older))
    story.catch_up()
    delete_due_media(keeping, TENANT)
    assert media(keeping, message).state is MediaState.DELETED


def test_the_schedule_rings_by_the_period_of_each_firm(
    story: StoredStory, message: Any, follow: Any, redis: Any
) -> None:
    decide(story, 3650)
    ring_for_deletions(follow, Doorbells(redis), retention_days=1)
    assert open_queue(QueueName.MEDIA, redis).jobs == []
    decide(story, 1)
    ring_for_deletions(follow, Doorbells(redis), retention_days=36500)
    assert len(open_queue(QueueName.MEDIA, redis).jobs) == 1


def test_the_schedule_rings_for_firms_with_files_to_delete(
    story: StoredStory, message: Any, follow: Any, redis: Any
) -> None:
    ring_for_deletions(follow, Doorbells(redis), retention_days=36500)
    assert open_queue(QueueName.MEDIA, redis).jobs == []
    ring_for_deletions(follow, Doorbells(redis), retention_days=1)
    (job,) = open_queue(QueueName.MEDIA, redis).jobs
    assert (job.func_name, job.args) == ("delete_due_media", [str(TENANT)])


def test_a_file_that_a_member_brought_goes_like_one_of_the_contact(
    keeping: MediaRuntime, story: StoredStory, tmp_path: Path
) -> None:
    story.writes("Selamat pagi")
    story.handle(PlaceLegalHold(contact_id=CONTACT_ID, reason="Perkara 12/Pdt.G/2026"))
    file = brought(story, keeping)
    story.run_policies()
    story.catch_up()
    story.clock.advance(seconds=31 * DAY_S)
    delete_due_media(keeping, TENANT)
    assert objects(tmp_path)
    story.handle(ReleaseLegalHold(contact_id=CONTACT_ID))
    story.catch_up()
    delete_due_media(keeping, TENANT)
    assert keeping.load(Media, TENANT, file.media_id).state is MediaState.DELETED
    assert objects(tmp_path) == []
