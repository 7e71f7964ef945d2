"""A message that Meta holds back to judge its template is accepted, and shown as held."""

import pytest

from domain.ports.whatsapp import HELD
from infrastructure.postgres.connections import tenant_session
from jobs.drain_sender import drain_sender
from jobs.runtime import SendRuntime
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.conftest import ScriptedMeta
from tests.jobs.stored_story import StoredStory


@pytest.mark.parametrize(("word", "mark"), [(HELD, "held"), ("accepted", None), (None, None)])
def test_what_meta_holds_back_is_marked_as_held(
    story: StoredStory,
    sending: SendRuntime,
    meta: ScriptedMeta,
    word: str | None,
    mark: str | None,
) -> None:
    meta.message_status = word
    story.writes("Selamat pagi")
    story.run_policies()
    story.catch_up()
    drain_sender(sending, TENANT, str(SENDER_ID))
    story.catch_up()
    with tenant_session(sending.pool, TENANT) as connection:
        (shown,) = connection.execute(
            "SELECT delivery_state, mark FROM read_model.timeline WHERE entry_kind = 'outbound'"
        ).fetchall()
    assert shown == ("accepted", mark)
