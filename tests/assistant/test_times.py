"""Times are resolved against the moment of receipt, in the tenant's time zone."""

from datetime import date, datetime

import pytest

from infrastructure.assistant.local.times import Tense, find_times, local_day

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "tense", "days"),
    [
        ("sidang besok jam 9", Tense.FUTURE, 1),
        ("sidang hari ini", Tense.FUTURE, 0),
        ("nanti sore", Tense.FUTURE, 0),
        ("lusa", Tense.FUTURE, 2),
        ("hearing next Tuesday", Tense.FUTURE, 4),
        ("Senin", Tense.FUTURE, 3),
        ("Jumat", Tense.FUTURE, 7),
        ("Jumat ini", Tense.FUTURE, 0),
        ("hari minggu", Tense.FUTURE, 2),
        ("minggu depan", Tense.FUTURE, 5),
        ("2 minggu lagi", Tense.FUTURE, 14),
        ("in two days", Tense.FUTURE, 2),
        ("tgl 25", Tense.FUTURE, 5),
        ("tanggal 5", Tense.FUTURE, 15),
        ("25/11/2026", Tense.FUTURE, 5),
        ("2026-11-25", Tense.FUTURE, 5),
        ("24 November", Tense.FUTURE, 4),
        ("November 24th", Tense.FUTURE, 4),
        ("3 januari", Tense.FUTURE, 44),
        ("bulan januari", Tense.FUTURE, 56),
        ("kemarin", Tense.PAST, -1),
        ("tadi malam", Tense.PAST, -0.5),
        ("barusan", Tense.PAST, 0),
        ("3 hari yang lalu", Tense.PAST, -3),
        ("a week ago", Tense.PAST, -7),
        ("bulan lalu", Tense.PAST, -30),
        ("rabu kemarin", Tense.PAST, -2),
        ("since Tuesday", Tense.PAST, -3),
        ("10 september", Tense.PAST, -71),
        ("sudah 2 minggu", Tense.SINCE, -14),
        ("for 3 days", Tense.SINCE, -3),
        ("5 hari ini", Tense.SINCE, -5),
        ("diberi waktu 14 hari", Tense.LIMIT, 14),
        ("within ten days", Tense.LIMIT, 10),
        ("3x24 jam", Tense.LIMIT, 3),
        ("sekarang", Tense.NOW, 0),
        ("saiki", Tense.NOW, 0),
        ("sesuk", Tense.FUTURE, 1),
        ("wingi", Tense.PAST, -1),
        ("isukan", Tense.FUTURE, 1),
        ("ayeuna", Tense.NOW, 0),
    ],
)
def test_a_mention_of_time_is_resolved(text: str, tense: Tense, days: float) -> None:
    (found,) = find_times(text, FRIDAY)
    assert (found.tense, found.days) == (tense, days)
    assert text[found.start : found.end]


@pytest.mark.parametrize("text", ["31/02/2026", "tgl 31", "99/99", "2 orang", "mari"])
def test_what_is_no_date_is_no_time(text: str) -> None:
    assert find_times(text, FRIDAY) == []


def test_the_day_is_the_day_of_the_tenants_zone() -> None:
    late = datetime.fromisoformat("2026-11-20T18:30:00+00:00")
    assert local_day(late, "Asia/Jakarta") == date(2026, 11, 21)
    assert local_day(late, "Europe/London") == FRIDAY


def test_an_unknown_zone_counts_as_jakarta() -> None:
    late = datetime.fromisoformat("2026-11-20T18:30:00+00:00")
    assert local_day(late, "Mars/Olympus") == date(2026, 11, 21)
