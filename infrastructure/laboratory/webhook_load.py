"""Webhooks at a steady rate, as Meta sends them: batches, redelivery until 200, repetitions."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass, field
from typing import Final

import httpx

from infrastructure.laboratory.journal import LoadJournal

BATCH_MAX: Final = 5
REPEATED_SHARE: Final = 0.05
"""Share of webhooks that carry a message which was acknowledged before."""

RETRY_PAUSE_S: Final = (0.25, 3.0)
"""First and longest pause before a webhook is delivered again; it doubles, as Meta slows down."""

TIMEOUT_S: Final = 10.0
CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes, and for which number it is signed."""

    url: str
    app_secret: str
    waba_id: str
    phone_number_id: str
    display_phone: str


@dataclass(slots=True)
class LoadResult:
    """What came of the load; times in seconds from the first byte to the answer."""

    posts: int = 0
    refused: int = 0
    lost_connections: int = 0
    latencies_s: list[float] = field(default_factory=list)


class WebhookLoad:
    """Posts webhooks at `rate_per_s` until told to stop, each again until it is answered 200."""

    def __init__(
        self, target: Target, journal: LoadJournal, *, rate_per_s: float, seed: int
    ) -> None:
        self._target = target
        self._journal = journal
        self._interval_s = 1 / rate_per_s
        self._random = random.Random(seed)  # noqa: S311 - a seeded load, no secret
        self._is_stopped = False
        self._repeatable: list[str] = []
        self._clients: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
        self.result = LoadResult()

    def stop(self) -> None:
        """Start no further webhook; those under way are still delivered."""
        self._is_stopped = True

    async def run(self) -> LoadResult:
        """Send until stopped, then until everything sent is acknowledged."""
        clients = [
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) for _ in range(CONNECTIONS)
        ]
        for client in clients:
            self._clients.put_nowait(client)
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            number = 0
            while not self._is_stopped:
                number += 1
                group.create_task(self._deliver(self._wamids()))
                due = started + number * self._interval_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        for client in clients:
            await client.aclose()
        return self.result

    def _wamids(self) -> list[str]:
        new = [self._wamid() for _ in range(self._random.randint(1, BATCH_MAX))]
        if self._repeatable and self._random.random() < REPEATED_SHARE:
            new.append(self._random.choice(self._repeatable))
        return new

    def _wamid(self) -> str:
        return "wamid." + base64.b64encode(self._random.randbytes(33)).decode("ascii")

    async def _deliver(self, wamids: list[str]) -> None:
        self._journal.note_sent(wamids)
        body = notification(self._target, wamids)
        signature = hmac.new(self._target.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        pause_s, longest_s = RETRY_PAUSE_S
        while not await self._post(body, headers):
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, longest_s)
        self._journal.note_acknowledged(wamids)
        self._repeatable.append(wamids[0])

    async def _post(self, body: bytes, headers: dict[str, str]) -> bool:
        client = await self._clients.get()
        began = time.monotonic()
        try:
            response = await client.post(self._target.url, content=body, headers=headers)
        except httpx.HTTPError:
            self.result.lost_connections += 1
            return False
        finally:
            self._clients.put_nowait(client)
        self.result.posts += 1
        if response.status_code != httpx.codes.OK:
            self.result.refused += 1
            return False
        self.result.latencies_s.append(time.monotonic() - began)
        return True


def notification(target: Target, wamids: list[str]) -> bytes:
    """A `messages` webhook with one text per wamid, each from the phone that the wamid names."""
    messages = []
    contacts = []
    for place, wamid in enumerate(wamids):
        digest = int.from_bytes(hashlib.sha256(wamid.encode()).digest()[:4], "big")
        phone = f"62812{digest % 200:08d}"
        contacts.append({"profile": {"name": f"Klien {digest % 200}"}, "wa_id": phone})
        messages.append(
            {
                "from": phone,
                "id": wamid,
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": f"Pesan {place} \u2013 mohon info jadwal konsultasi."},
            }
        )
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": target.display_phone,
            "phone_number_id": target.phone_number_id,
        },
        "contacts": contacts,
        "messages": messages,
    }
    entry = {"id": target.waba_id, "changes": [{"value": value, "field": "messages"}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")
