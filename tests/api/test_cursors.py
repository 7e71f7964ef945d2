import base64
import contextlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidCursor, InvalidId
from api.graphql.cursors import place_cursor, place_of, position_cursor, position_of
from api.graphql.ids import global_id, identifier_of, number_of, parsed_id
from api.graphql.lists import MemberPlace, SenderPlace
from api.graphql.scalars import Cursor
from infrastructure.unique_ids import new_id
from projections.draft_queries import DraftPlace
from projections.inbox_queries import RecentPlace
from projections.timeline_queries import TimelinePlace

PLACES = [RecentPlace, DraftPlace, TimelinePlace, MemberPlace, SenderPlace]
FIRM = new_id()


@given(st.integers(0, 2**62 - 1))
def test_a_position_is_read_as_it_was_written(seq: int) -> None:
    assert position_of(position_cursor(FIRM, seq), FIRM) == seq


def test_a_position_belongs_to_its_firm() -> None:
    with pytest.raises(InvalidCursor):
        position_of(position_cursor(FIRM, 1), new_id())


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_place_is_read_as_it_was_written(moment: datetime, identifier: object) -> None:
    place = RecentPlace(moment, identifier)  # type: ignore[arg-type]
    assert place_of(place_cursor("inbox", place), "inbox", RecentPlace) == place


@pytest.mark.parametrize("place_type", PLACES)
@given(data=st.binary(max_size=60))
def test_whatever_comes_as_a_cursor_is_read_or_refused(place_type: type, data: bytes) -> None:
    for prefix in (b"", b"\x01k", b"\x01p"):
        text = base64.urlsafe_b64encode(prefix + data).rstrip(b"=").decode()
        with pytest.raises(InvalidCursor):
            place_of(Cursor(text), "list", place_type)
        with pytest.raises(InvalidCursor):
            position_of(Cursor(text), FIRM)


@pytest.mark.parametrize(
    "values",
    [
        (2**63, datetime.now(UTC), new_id()),
        (-(2**63), datetime.now(UTC), new_id()),
        (1, "2026-01-01T00:00:00", new_id()),
        (1, "now", new_id()),
        (1, datetime.now(UTC), "x"),
        (1,),
    ],
)
def test_a_forged_place_that_the_store_could_not_take_is_refused(values: tuple[object]) -> None:
    data = b"\x01k" + msgspec.msgpack.encode(("drafts", *values))
    cursor = Cursor(base64.urlsafe_b64encode(data).rstrip(b"=").decode())
    with pytest.raises(InvalidCursor):
        place_of(cursor, "drafts", DraftPlace)


@given(st.text(max_size=80))
def test_whatever_comes_as_an_id_is_read_or_refused(text: str) -> None:
    try:
        parsed_id(text)
    except InvalidId:
        return
    with pytest.raises(InvalidId):
        identifier_of(text, "Conversation")


@given(st.text(max_size=40))
def test_the_key_of_an_id_is_checked(key: str) -> None:
    value = base64.b64encode(f"Draft:{key}".encode()).decode()
    with contextlib.suppress(InvalidId):
        found = str(identifier_of(value, "Draft"))
        assert found.replace("-", "") in key.replace("-", "").lower()
    with contextlib.suppress(InvalidId):
        assert number_of(value, "Draft") == int(key)


def test_an_id_is_read_as_it_was_written() -> None:
    identifier = new_id()
    assert identifier_of(global_id("Draft", identifier), "Draft") == identifier
    assert number_of(global_id("HistoryEvent", 7), "HistoryEvent") == 7
    with pytest.raises(InvalidId):
        identifier_of(global_id("Draft", identifier), "Conversation")
