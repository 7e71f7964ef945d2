"""New identifiers ascend and never repeat; clocks know their zone."""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from infrastructure.clock import SettableClock, SystemClock
from infrastructure.random_bytes import random_bytes
from infrastructure.unique_ids import new_id


def test_identifiers_are_of_version_7_and_carry_the_time() -> None:
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    moment = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)


def test_identifiers_ascend_within_a_process() -> None:
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_share_an_identifier() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [one for part in threads.map(_many, range(8)) for one in part]
    assert len(set(made)) == len(made)


def _many(_: int) -> list[UUID]:
    return [new_id() for _ in range(2_000)]


def test_random_bytes_never_repeat_not_even_in_a_forked_process() -> None:
    drawn = [random_bytes(12) for _ in range(2_000)]
    assert len(set(drawn)) == len(drawn)
    assert {len(one) for one in drawn} == {12}
    assert len(random_bytes(10_000)) == 10_000

    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of forking beside threads; the child does nothing but draw and end.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.write(writing, random_bytes(16))
        os._exit(0)
    here = random_bytes(16)
    os.waitpid(child, 0)
    there = os.read(reading, 16)
    os.close(reading)
    os.close(writing)
    assert here != there


def test_a_settable_clock_stands_still_until_it_is_moved() -> None:
    clock = SettableClock(datetime(2026, 11, 21, 9, 0, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now() == clock.now() == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert clock.advance(timedelta(hours=1)) == clock.now()
    clock.set(datetime(2020, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2020
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2020, 1, 1))  # noqa: DTZ001 - this is the mistake


def test_the_system_clock_tells_the_time_in_utc() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert SystemClock().now().tzinfo is UTC
