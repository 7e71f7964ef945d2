"""Delivery of updates to every subscribed app: batched, concurrent, repeated until accepted.

Source: WhatsApp Cloud API reference, sections 1.2 to 1.6.
"""

from collections.abc import Callable, Sequence

import msgspec

from infrastructure.simulator.accounts import Accounts, Callback
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.configuration import WebhookConfig
from infrastructure.simulator.faults import Faults
from infrastructure.simulator.journal import DeliveryRecord, Journal, Update, UpdateState
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.webhook_body import encode, envelope, signature
from infrastructure.simulator.webhook_sender import Answer, Handshake, WebhookSender

_WRONG_SECRET = "another-secret"  # noqa: S105 - on purpose not the app's
_JITTER = 0.2
# Keeps the growing delay a finite number; the longest delay is reached long before.
_DOUBLINGS_MAX = 60
_CHALLENGE_DIGITS = 10


class Parcel(msgspec.Struct, kw_only=True):
    """One update on its way to one app."""

    update: Update
    app_id: str
    first_at: float
    attempts: int = 0
    acknowledgements: int = 0
    given_up: bool = False

    @property
    def settled(self) -> bool:
        """Whether the app has answered 200 for it or Meta has stopped trying."""
        return self.acknowledgements > 0 or self.given_up

    def state(self) -> UpdateState:
        """What the control interface tells about it."""
        return UpdateState(
            update_id=self.update.update_id,
            app_id=self.app_id,
            field=self.update.field,
            attempts=self.attempts,
            acknowledgements=self.acknowledgements,
            state=(
                "acknowledged"
                if self.acknowledgements
                else "given_up"
                if self.given_up
                else "pending"
            ),
        )


class WebhookDispatcher:
    """Sends updates, and sends them again until the app answers 200 or the week is over."""

    def __init__(
        self,
        config: WebhookConfig,
        accounts: Accounts,
        clock: SimulatorClock,
        randomness: Randomness,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._config = config
        self._accounts = accounts
        self._clock = clock
        self._randomness = randomness
        self._faults = faults
        self._journal = journal
        self._sender = WebhookSender(config.timeout_seconds, config.concurrency_max)
        self._parcels: dict[tuple[int, str], Parcel] = {}
        self._waiting: dict[str, list[Parcel]] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()

    def publish(self, updates: Sequence[Update]) -> None:
        """Hand updates over for delivery to every subscribed app."""
        for app_id, parcels in self._parcels_for(updates).items():
            self._enqueue(app_id, parcels)

    async def publish_and_wait(self, update: Update) -> None:
        """Deliver one update now and return when each app has answered or failed to."""
        for parcels in self._parcels_for([update]).values():
            for parcel in parcels:
                await self._attempt([parcel])

    async def shake_hands(self, callback: Callback) -> Handshake:
        """Verify a callback; it receives webhooks only after that succeeded."""
        number = self._journal.next("challenge")
        challenge = self._randomness.digits(_CHALLENGE_DIGITS, "challenge", number)
        outcome = await self._sender.shake_hands(callback.url, callback.verify_token, challenge)
        callback.verified = outcome.verified
        self._journal.changed()
        return outcome

    async def post_bytes(self, app_id: str, body: bytes, signed: str) -> Answer:
        """POST any bytes to an app's callback, outside of all bookkeeping.

        ``signed`` is ``right``, ``wrong`` or ``missing``. Raises KeyError for an app without
        callback.
        """
        app = self._accounts.apps[app_id]
        if app.callback is None:
            raise KeyError(f"App {app_id} has no callback: set one first.")
        signatures = {
            "right": signature(app.app_secret, body),
            "wrong": signature(_WRONG_SECRET, body),
            "missing": None,
        }
        return await self._sender.post(app.callback.url, body, signatures[signed])

    def states(self) -> list[UpdateState]:
        """How far every update has come with every app, oldest first."""
        return [parcel.state() for parcel in self._parcels.values()]

    def outstanding(self) -> int:
        """Updates that no 200 has been answered for yet."""
        return sum(not parcel.settled for parcel in self._parcels.values())

    async def redeliver(
        self, update_ids: Sequence[int], arrange: Callable[[list[Parcel]], list[list[Parcel]]]
    ) -> None:
        """Deliver known updates again in the given grouping, one POST after the other."""
        wanted = set(update_ids)
        parcels = [
            parcel
            for (update_id, _), parcel in self._parcels.items()
            if not wanted or update_id in wanted
        ]
        for app_id in dict.fromkeys(parcel.app_id for parcel in parcels):
            for group in arrange([parcel for parcel in parcels if parcel.app_id == app_id]):
                for same_target in self._groups(group):
                    await self._attempt(same_target)

    def _parcels_for(self, updates: Sequence[Update]) -> dict[str, list[Parcel]]:
        by_app: dict[str, list[Parcel]] = {}
        for update in updates:
            self._journal.updates.append(update)
            for app in self._accounts.subscribers(update.waba_id, update.field):
                parcel = Parcel(update=update, app_id=app.app_id, first_at=self._clock.now())
                self._remember(parcel)
                by_app.setdefault(app.app_id, []).append(parcel)
        self._journal.changed()
        return by_app

    def _remember(self, parcel: Parcel) -> None:
        self._parcels[parcel.update.update_id, parcel.app_id] = parcel
        limit = self._journal.updates.maxlen
        while limit is not None and len(self._parcels) > limit:
            self._parcels.pop(next(iter(self._parcels)))

    def _enqueue(self, app_id: str, parcels: list[Parcel]) -> None:
        waiting = self._waiting.get(app_id)
        if waiting is not None:
            waiting.extend(parcels)
            return
        self._waiting[app_id] = list(parcels)

        async def flush() -> None:
            await self._flush(self._waiting.pop(app_id))

        self._clock.after(self._config.batch_window_seconds, flush)

    async def _flush(self, parcels: list[Parcel]) -> None:
        for group in self._groups(parcels):
            self._spawn(group)

    def _spawn(self, group: list[Parcel]) -> None:
        async def attempt() -> None:
            await self._attempt(group)

        self._clock.spawn(attempt)

    def _groups(self, parcels: list[Parcel]) -> list[list[Parcel]]:
        """Split by target and by Meta's limits of 1000 updates and 3 MB."""
        by_target: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            callback = self._callback(parcel)
            by_target.setdefault(callback.url if callback else "", []).append(parcel)
        groups: list[list[Parcel]] = []
        for same_target in by_target.values():
            group: list[Parcel] = []
            size = 0
            for parcel in same_target:
                bytes_more = len(encode(parcel.update.value)) + len(encode(parcel.update.waba_id))
                full = len(group) >= self._config.batch_updates_max
                if group and (full or size + bytes_more > self._config.batch_bytes_max):
                    groups.append(group)
                    group, size = [], 0
                group.append(parcel)
                size += bytes_more
            groups.append(group)
        return groups

    def _callback(self, parcel: Parcel) -> Callback | None:
        update = parcel.update
        return self._accounts.callback_for(
            parcel.app_id, update.waba_id, update.field, update.phone_number_id
        )

    async def _attempt(self, group: list[Parcel]) -> None:
        for parcel in group:
            parcel.attempts += 1
        callback = self._callback(group[0])
        record = self._record(group, callback)
        if callback is None:
            record.error = "no callback is set"
            answer = None
        elif not callback.verified and not (outcome := await self.shake_hands(callback)).verified:
            record.error = f"handshake refused: {outcome.detail}"
            answer = None
        else:
            answer = await self._sender.post(callback.url, record.body.encode(), record.signature)
            record.answer_status, record.error = answer.status, answer.error
            record.milliseconds = answer.milliseconds
        if answer is not None and answer.accepted:
            self._accepted(group, record)
        else:
            self._failed(group)
        self._journal.changed()

    def _record(self, group: list[Parcel], callback: Callback | None) -> DeliveryRecord:
        updates = [parcel.update for parcel in group]
        body = encode(envelope(updates, self._randomness, self._config.merge_probability))
        record = DeliveryRecord(
            delivery_id=self._journal.next("delivery"),
            at=self._clock.now(),
            app_id=group[0].app_id,
            url=callback.url if callback is not None else "",
            update_ids=[update.update_id for update in updates],
            attempt=max(parcel.attempts for parcel in group),
            body=body.decode(),
            signature=self._signature(group[0].app_id, body),
        )
        self._journal.deliveries.append(record)
        self._journal.changed()
        return record

    def _signature(self, app_id: str, body: bytes) -> str | None:
        if self._faults.take("missing_signature") is not None:
            return None
        if self._faults.take("bad_signature") is not None:
            return signature(_WRONG_SECRET, body)
        return signature(self._accounts.apps[app_id].app_secret, body)

    def _accepted(self, group: list[Parcel], record: DeliveryRecord) -> None:
        first_time = [parcel for parcel in group if not parcel.acknowledgements]
        for parcel in group:
            parcel.acknowledgements += 1
        if self._faults.take("duplicate_delivery") is not None:
            self._spawn(list(group))
        elif first_time and self._randomness.chance(
            self._config.redelivery_after_success_probability,
            "redelivery after success",
            *record.update_ids,
        ):
            self._later(group)

    def _failed(self, group: list[Parcel]) -> None:
        """Plan the next attempt, or give up after a week."""
        unsettled = [parcel for parcel in group if not parcel.settled]
        limit = self._config.give_up_after_seconds * self._config.time_scale
        for parcel in unsettled:
            parcel.given_up = self._clock.now() - parcel.first_at >= limit
        again = [parcel for parcel in unsettled if not parcel.given_up]
        if again:
            self._later(again)

    def _repeat_to_others(self, group: list[Parcel]) -> None:
        """Meta's retries go to all subscribed apps, also to those that took the update (1.4)."""
        for parcel in group:
            waba = self._accounts.wabas.get(parcel.update.waba_id)
            for app_id in waba.subscriptions if waba is not None else ():
                other = self._parcels.get((parcel.update.update_id, app_id))
                if other is not None and other is not parcel and other.settled:
                    self._spawn([other])

    def _later(self, group: list[Parcel]) -> None:
        """Deliver again after a delay that grows with each attempt, possibly regrouped."""
        attempts = max(parcel.attempts for parcel in group)
        first = group[0].update.update_id
        jitter = self._randomness.between(-_JITTER, _JITTER, "retry delay", first, attempts)
        delay = min(
            self._config.first_delay_seconds
            * self._config.delay_factor ** min(attempts - 1, _DOUBLINGS_MAX),
            self._config.delay_seconds_max,
        )

        async def again() -> None:
            self._repeat_to_others([parcel for parcel in group if not parcel.settled])
            if self._randomness.chance(
                self._config.regroup_probability, "regroup", first, attempts
            ):
                for parcel in self._randomness.shuffled(group, "regroup order", first, attempts):
                    self._spawn([parcel])
            else:
                self._enqueue(group[0].app_id, group)

        self._clock.after(delay * (1 + jitter) * self._config.time_scale, again)
