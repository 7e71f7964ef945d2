"""Room under the daily limit: never more people than allowed, whoever begins at the same time."""

from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.daily_limit import COUNTED_FOR, DailyRoom, Place, Queue, free_at
from tests.domain.memory_journal import START

PERSON = UUID(int=7)


def room(limit: int, reached: int = 0, unseen: int = 0, *counted: UUID) -> DailyRoom:
    return DailyRoom(limit=limit, reached=reached, unseen=unseen, counted=frozenset(counted))


def test_the_last_place_is_given_and_the_next_person_waits() -> None:
    assert room(5, 4).place_for(PERSON, ()) is Place.FREE
    assert room(5, 5).place_for(PERSON, ()) is Place.FULL
    assert room(5, 4).place_for(PERSON, (UUID(int=8),)) is Place.FULL


def test_somebody_who_counts_already_needs_no_place() -> None:
    assert room(5, 5, 0, PERSON).place_for(PERSON, ()) is Place.FREE
    assert room(5, 5).place_for(PERSON, (PERSON,)) is Place.FREE


def test_while_it_is_not_known_what_others_began_nobody_is_put_off_for_a_day() -> None:
    assert room(5, 3, 2).place_for(PERSON, ()) is Place.UNSURE


def test_those_who_wait_take_the_places_of_those_who_count_one_after_the_other() -> None:
    turns = [Queue(room=room(3, 3), taken=0, before=before).turn for before in range(7)]
    assert turns == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, 2)]


def test_after_a_limit_was_lowered_the_places_above_it_are_not_given_again() -> None:
    assert Queue(room=room(3, 5), taken=0, before=0).turn == (2, 0)


def test_a_place_is_free_when_a_day_has_passed_by_every_clock() -> None:
    assert free_at(START, 0) == START + COUNTED_FOR > START + timedelta(hours=24)
    assert free_at(START, 2) == START + 3 * COUNTED_FOR


@settings(max_examples=300, deadline=None)
@given(
    limit=st.integers(0, 6),
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.lists(st.integers(0, 9), max_size=4), st.integers(0, 3)),
        max_size=25,
    ),
)
def test_however_processes_overlap_no_more_people_are_reached_than_the_limit_allows(
    limit: int, steps: list[tuple[int, list[int], int]]
) -> None:
    """Each step: a process looks, or ends what it began; the read model follows some way."""
    log: list[UUID] = []
    shown = 0
    begun: dict[int, tuple[DailyRoom, int, list[UUID], set[UUID]]] = {}
    for process, people, follows in steps:
        shown = min(len(log), shown + follows)
        if process in begun:
            known, seen, chosen, taken = begun.pop(process)
            others = len(log) - seen - known.unseen
            if known.still_holds(taken, others):
                log += chosen
            continue
        wanted = [uuid5(PERSON, str(person)) for person in people]
        counted = set(log[:shown])
        known = room(limit, len(counted), len(log) - shown, *counted.intersection(wanted))
        taken = set()
        chosen = []
        for person in wanted:
            if known.place_for(person, taken) is Place.FREE:
                chosen.append(person)
                if person not in known.counted:
                    taken.add(person)
        begun[process] = (known, shown, chosen, taken)
    assert len(set(log)) <= limit
