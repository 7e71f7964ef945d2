"""The ground truth: every send that was received, every update and every webhook POST.

These records are what tests compare a hub's own bookkeeping with.
"""

import asyncio
from collections import deque
from typing import Any, Literal

import msgspec

SendOutcome = Literal["accepted", "refused", "dropped", "server_error"]


class StatusMoment(msgspec.Struct, kw_only=True):
    """A status that was published: its name, Meta's time and the error code of a failure."""

    status: str
    at: float
    error_code: int | None = None


class SendRecord(msgspec.Struct, kw_only=True):
    """A message that was sent to the Graph API.

    ``outcome``: ``accepted`` exists for Meta, even if ``answered`` is false because the connection
    was dropped; ``refused`` got an error; ``dropped`` and ``server_error`` do not exist for Meta.
    """

    sequence: int
    at: float
    phone_number_id: str
    body: dict[str, Any]
    type: str | None = None
    recipient: str | None = None
    person: str | None = None
    callback_data: str | None = None
    outcome: SendOutcome = "refused"
    answered: bool = False
    http_status: int | None = None
    error_code: int | None = None
    wamid: str | None = None
    text: str = ""
    statuses: list[StatusMoment] = msgspec.field(default_factory=list)


class ReadMark(msgspec.Struct, kw_only=True):
    """The business marked an inbound message as read, maybe with a typing indicator."""

    at: float
    phone_number_id: str
    wamid: str
    typing: bool


class InboundRecord(msgspec.Struct, kw_only=True):
    """A message that a person wrote."""

    at: float
    person: str
    phone_number_id: str
    wamid: str
    type: str
    message: dict[str, Any]


class Update(msgspec.Struct, kw_only=True):
    """One change of a webhook: the smallest thing that is delivered and redelivered."""

    update_id: int
    at: float
    waba_id: str
    field: str
    value: dict[str, Any]
    phone_number_id: str | None = None
    entry_time: int | None = None


class DeliveryRecord(msgspec.Struct, kw_only=True):
    """One webhook POST. ``answer_status`` None while it is under way or when ``error`` is set."""

    delivery_id: int
    at: float
    app_id: str
    url: str
    update_ids: list[int]
    attempt: int
    body: str
    signature: str | None
    answer_status: int | None = None
    error: str | None = None
    milliseconds: float | None = None


class UpdateState(msgspec.Struct, kw_only=True):
    """How far one update has come with one app."""

    update_id: int
    app_id: str
    field: str
    attempts: int
    acknowledgements: int
    state: Literal["pending", "acknowledged", "given_up"]


class Journal:
    """Bounded lists of everything that happened, and a counter that grows with each change."""

    def __init__(self, entries_max: int) -> None:
        self.sends: deque[SendRecord] = deque(maxlen=entries_max)
        self.reads: deque[ReadMark] = deque(maxlen=entries_max)
        self.inbound: deque[InboundRecord] = deque(maxlen=entries_max)
        self.updates: deque[Update] = deque(maxlen=entries_max)
        self.deliveries: deque[DeliveryRecord] = deque(maxlen=entries_max)
        self.inbound_ids: set[tuple[str, str]] = set()
        self.changes = 0
        self._changed = asyncio.Event()
        self._counters: dict[str, int] = {}

    def next(self, name: str) -> int:
        """The next number of a named series, beginning with 1."""
        self._counters[name] = self._counters.get(name, 0) + 1
        return self._counters[name]

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def next_change(self) -> None:
        """Wait until something happens."""
        await self._changed.wait()

    async def wait_beyond(self, change: int, timeout_seconds: float) -> int:
        """Wait until more than ``change`` changes were seen or the real time is up."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while self.changes <= change:
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                break
            try:
                await asyncio.wait_for(self._changed.wait(), rest)
            except TimeoutError:
                break
        return self.changes

    def canonical(self, public_url: str) -> dict[str, Any]:
        """Everything of the journal that the seed and the caller's actions determine.

        Real durations and the port are left out; deliveries are ordered by what they carried.
        """
        escaped = public_url.replace("/", "\\/")
        deliveries = [
            {
                "at": delivery.at,
                "app_id": delivery.app_id,
                "update_ids": delivery.update_ids,
                "attempt": delivery.attempt,
                "body": delivery.body.replace(escaped, ""),
                "answer_status": delivery.answer_status,
            }
            for delivery in self.deliveries
        ]
        deliveries.sort(key=lambda item: (item["at"], str(item["app_id"]), item["update_ids"]))
        recorded = {
            "sends": list(self.sends),
            "reads": list(self.reads),
            "inbound": list(self.inbound),
            "updates": list(self.updates),
        }
        text = msgspec.json.encode(recorded).decode().replace(public_url, "")
        canonical: dict[str, Any] = msgspec.json.decode(text)
        return {**canonical, "deliveries": deliveries}
