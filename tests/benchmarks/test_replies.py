"""Replies during a broadcast: a round in which the disk stood still says nothing of the hub."""

from api.benchmarks.outbound.replies import Round, figures_of

CALM_DISK_S = [0.002] * 100
STALLED_DISK_S = [0.3] * 100


def test_the_round_with_the_quickest_disk_counts_although_its_replies_took_longer() -> None:
    (figure,) = figures_of([Round([0.1] * 200, STALLED_DISK_S), Round([0.2] * 200, CALM_DISK_S)])
    assert (figure.figure, figure.ok) == (200.0, False)


def test_the_rounds_that_do_not_count_are_told_with_what_they_took() -> None:
    (figure,) = figures_of([Round([0.9] * 200, STALLED_DISK_S), Round([0.04] * 200, CALM_DISK_S)])
    assert figure.ok
    assert "left out: a round with the disk at 300 ms p99, replies 900 ms p99" in figure.baseline
