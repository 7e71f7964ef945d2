"""Evidence for urgency: the facts E1-E7 and H1-H7 of taxonomy section 2, found in one message.

A fact counts when it is the sender's own and present: negated, hypothetical, finished and
figurative mentions are left out before any rule looks.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from infrastructure.assistant.local.lexicon import Hit, signal_lexicon
from infrastructure.assistant.local.reading import Reading, read
from infrastructure.assistant.local.times import Tense, TimeMention, find_times

_NEAR_CLAUSES: Final = 1


class Facts(NamedTuple):
    """A message with its signals and times."""

    reading: Reading
    hits: tuple[Hit, ...]
    times: tuple[TimeMention, ...]

    def of(self, group: str, name: str | None = None) -> list[Hit]:
        """Signals of a group that are stated, not denied."""
        return [
            hit
            for hit in self.hits
            if hit.idea.group == group
            and (name is None or hit.idea.name == name)
            and not hit.is_negated
        ]

    def has(self, group: str, name: str | None = None) -> bool:
        """Whether a signal is stated."""
        return bool(self.of(group, name))

    def times_near(self, hit: Hit, reach: int = _NEAR_CLAUSES) -> list[TimeMention]:
        """Times in the clause of the hit, else in the clauses around it."""
        placed = [(abs(self.reading.clause_at(t.start) - hit.clause), t) for t in self.times]
        for distance in range(reach + 1):
            found = [time for away, time in placed if away == distance]
            if found:
                return found
        return []

    def words(self) -> frozenset[str]:
        """All roots of the message."""
        return frozenset(word.root for word in self.reading.words)

    def roots_around(self, hit: Hit, reach: int) -> frozenset[str]:
        """Roots up to `reach` words before and after the hit, in its clause."""
        words = self.reading.words
        span = range(max(0, hit.first - reach), min(len(words), hit.last + reach + 1))
        return frozenset(words[i].root for i in span if words[i].clause == hit.clause)

    def roots_before(self, hit: Hit, reach: int) -> list[str]:
        """Roots of the words before the hit, whatever their clause."""
        return [word.root for word in self.reading.words[max(0, hit.first - reach) : hit.first]]

    def roots_after(self, hit: Hit, reach: int) -> list[str]:
        """Roots of the words after the hit, whatever their clause."""
        return [word.root for word in self.reading.words[hit.last + 1 : hit.last + 1 + reach]]

    def is_supposed(self, hit: Hit) -> bool:
        """Whether the fact stands behind an `if`, in its own clause."""
        return any(
            soft.clause == hit.clause and soft.first < hit.first
            for soft in self.of("softener", "hypothetical")
        )

    def is_over(self, hit: Hit, reach: int = 0) -> bool:
        """Whether its clause, or one up to `reach` clauses on, says that it is over."""
        ends = range(hit.clause, hit.clause + reach + 1)
        return any(soft.clause in ends for soft in self.of("softener", "over"))

    def asks_about_rules(self) -> bool:
        """A question about how things are, not about the sender: `batas waktu banding berapa?`."""
        asks = self.has("softener", "procedure_question") or self.has("softener", "price_question")
        is_dated = any(time.tense in {Tense.FUTURE, Tense.LIMIT} for time in self.times)
        return asks and not is_dated and not self.words() & {"saya", "kami"}

    def all_past(self) -> bool:
        """Whether the message tells of a day before today only."""
        elapsed = elapsed_days(self.times)
        return elapsed is not None and elapsed >= 1 and not is_now(self.times)


def gather(text: str, today: date) -> Facts:
    """Signals and times of a masked message."""
    reading = read(text)
    return Facts(reading, tuple(signal_lexicon().find(reading)), tuple(find_times(text, today)))


def future_days(times: Iterable[TimeMention]) -> Iterator[float]:
    """Days until each mention that lies ahead."""
    return (time.days for time in times if time.tense is Tense.FUTURE)


def elapsed_days(times: Sequence[TimeMention]) -> float | None:
    """Days since the most recent mention that lies behind, None if none is stated."""
    behind = [-time.days for time in times if time.tense in {Tense.PAST, Tense.SINCE}]
    return min(behind) if behind else None


def is_now(times: Iterable[TimeMention]) -> bool:
    """Whether the present is named."""
    return any(time.tense is Tense.NOW for time in times)
