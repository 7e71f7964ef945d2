"""Meta's place for files is left alone after failures; files wait, spend nothing, and come."""

from psycopg import Connection

from domain.circuit import CircuitKind, Permit
from domain.effects import FetchMedia
from domain.media import MediaState
from domain.media_circuit import (
    MediaCircuitClosed,
    MediaCircuitOpened,
    media_host_id_of,
)
from domain.sender_number import SenderNumber
from infrastructure.postgres.circuits import CircuitKey
from jobs.runtime import MediaRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from projections.sender_directory import sender_by_id
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.stored_story import StoredStory
from tests.jobs.test_fetch_media import files, keeping, media, send_photo
from tests.media.meta_files import MetaFiles

__all__ = ["files", "keeping"]


def work_all(runtime: MediaRuntime, story: StoredStory, follow: "Connection[object]") -> None:
    """A worker takes up every file that waits, whatever its time."""
    for effect in [one for one in story.effects if isinstance(one, FetchMedia)]:
        follow.execute("UPDATE hub.work_attempt SET due_at = now() - interval '1 second'")
        perform_work_item(WORK_KINDS, runtime, TENANT, effect.NAME, str(effect.reference))
    story.catch_up()


def attempts(follow: "Connection[object]") -> list[tuple[int, str]]:
    rows = follow.execute(
        "SELECT attempts, last_error FROM hub.work_attempt ORDER BY updated_at"
    ).fetchall()
    return [(row[0], row[1]) for row in rows]  # type: ignore[index]


def test_an_outage_is_met_a_few_times_then_files_wait_and_come_by_themselves(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, follow: "Connection[object]"
) -> None:
    messages = [send_photo(story, files, url=None) for _ in range(7)]
    files.description_status = 503
    work_all(keeping, story, follow)
    calls = len(files.calls)
    assert calls == 5
    assert attempts(follow) == [
        *[(1, "unavailable")] * 4,
        *[(0, "media_host_away")] * 3,
    ]
    (row,) = sender_by_id(TENANT, SENDER_ID).fetch(follow)
    assert row.media_cause == "unavailable"
    assert row.circuit is None
    for _ in range(3):
        work_all(keeping, story, follow)
    assert len(files.calls) == calls
    assert [count for count, _ in attempts(follow)].count(0) == 3
    files.description_status = 200
    story.clock.advance(minutes=1)
    work_all(keeping, story, follow)
    work_all(keeping, story, follow)
    assert {media(keeping, message).state for message in messages} == {MediaState.STORED}
    told = keeping.journal.load(TENANT, media_host_id_of(SENDER_ID))
    assert [type(record.event) for record in told] == [MediaCircuitOpened, MediaCircuitClosed]
    (row,) = sender_by_id(TENANT, SENDER_ID).fetch(follow)
    assert row.media_cause is None


def test_a_file_that_is_wrong_itself_says_nothing_about_the_others(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, follow: "Connection[object]"
) -> None:
    for _ in range(6):
        send_photo(story, files, url=None, sha256="0" * 64)
    work_all(keeping, story, follow)
    assert {reason for _, reason in attempts(follow)} == {"digest_differs"}
    assert keeping.journal.load(TENANT, media_host_id_of(SENDER_ID)) == []


def test_while_sending_knows_that_the_token_is_refused_no_file_is_asked_for(
    keeping: MediaRuntime, story: StoredStory, files: MetaFiles, follow: "Connection[object]"
) -> None:
    message = send_photo(story, files)
    number = keeping.load(SenderNumber, TENANT, SENDER_ID)
    key = CircuitKey(CircuitKind.TOKEN, number.access_token_fingerprint, TENANT)
    keeping.circuits.trip(key, "190")
    work_all(keeping, story, follow)
    assert files.calls == []
    assert attempts(follow) == [(0, "media_host_away")]
    story.clock.advance(minutes=2)
    assert keeping.circuits.permit(key) is Permit.PROBE
    keeping.circuits.note_success(key)
    work_all(keeping, story, follow)
    assert media(keeping, message).state is MediaState.STORED
