"""The measurement of the gateway: a true client, a bare handler, and a count of what was lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.benchmarks import notifications
from api.benchmarks.notifications import text_messages
from api.benchmarks.posting import Posted, post_for
from api.benchmarks.webhook import bodies_lost, figures_of, served
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.settings import Settings
from infrastructure.supervision.readiness import free_port
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[int]:
    """The port of a bare gateway."""
    with served(Settings(home=tmp_path), "api.benchmarks.bare_gateway", port=(port := free_port())):
        yield port


def test_every_body_is_posted_once_and_answered(bare: int) -> None:
    posted = post_for(0.2, text_messages(10), port=bare, connections=4)
    count = len(posted.acknowledged)
    assert count >= 4
    assert len(set(posted.acknowledged)) == count
    assert len(posted.latencies_s) == count
    assert posted.rate == pytest.approx(count / posted.seconds)


def test_a_refusal_ends_the_measurement(bare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "APP_SECRET", "another secret")
    with pytest.raises(MeasurementFailedError, match=r"answered HTTP/1\.1 401"):
        post_for(0.2, text_messages(10), port=bare, connections=2)


def test_a_server_that_does_not_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with (
        pytest.raises(MeasurementFailedError, match="No module named"),
        served(Settings(home=tmp_path), "api.benchmarks.nowhere", port=free_port()),
    ):
        pass


def rounds(*rates: int) -> list[Posted]:
    return [Posted(1.0, [b"body"] * rate, [0.004] * rate) for rate in rates]


def test_medians_of_the_rounds_are_compared() -> None:
    ratio, p99, lost = figures_of(rounds(60, 10, 50), rounds(100, 90, 400), lost=0)
    assert (ratio.name, ratio.figure, ratio.ok) == ("webhook", 0.5, True)
    assert (p99.name, p99.figure, p99.ok) == ("webhook p99", 4.0, True)
    assert (lost.name, lost.figure, lost.ok) == ("webhook lost", 0, True)


def test_one_lost_body_is_too_many() -> None:
    assert not figures_of(rounds(60, 60), rounds(100, 100), lost=1)[2].ok


def test_a_body_is_lost_unless_it_can_be_read_from_the_inbox(tmp_path: Path) -> None:
    cipher = InboxCipher(load_master_key(Settings(home=tmp_path)))
    stored = [("default", cipher.seal(body, "default")) for body in (b"one", b"two")]
    answered = [Posted(1.0, [b"one", b"two"]), Posted(1.0, [b"three"])]
    assert bodies_lost(answered, stored, cipher) == 1
