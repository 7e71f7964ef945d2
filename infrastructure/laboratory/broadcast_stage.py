"""What a broadcast round plays on: a simulated WhatsApp, a firm without intake, and its crowd."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from domain.identity import MemberId, OutboundMessageId, TenantId
from domain.outbound_commands import DoubtDecision, SettleDoubt
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import Role, Scope
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.laboratory.broadcast_round import LABEL, Behind, BroadcastRound, Firm
from infrastructure.laboratory.crowd import CrowdMember, crowd_members, store_crowd
from infrastructure.postgres.connections import (
    DatabaseRole,
    HubConnection,
    connect,
    open_pool,
    role_url,
)
from infrastructure.simulator.adjustment import adjusted
from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_ID,
    DEFAULT_APP_SECRET,
    DEFAULT_DISPLAY_PHONE_NUMBER,
    DEFAULT_VERIFY_TOKEN,
    QUICK_STATUSES,
    AppConfig,
    LimitsConfig,
    PersonConfig,
    SimulatorConfig,
)
from infrastructure.simulator.screen import Screen
from infrastructure.simulator.server import running_simulator
from infrastructure.supervision.readiness import free_port
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import load_master_key
from infrastructure.vault.postgres_vault import PostgresVault
from infrastructure.wiring import Store

GlobalId = Callable[[str, UUID], str]
"""Makes the id under which clients know a thing."""

FIRM_NAME: Final = "Kantor Hukum Laboratorium"
SHOWN_WITHIN_S: Final = 120.0
_WRITERS: Final = 16
_SETTLING: Final = frozenset({Scope.DOUBTS_SETTLE})


class LaboratoryHub(NamedTuple):
    """The hub that is harmed: where it answers, its supervisor, its store and its servers."""

    base_url: str
    supervisor_pid: int
    store: Store
    database_url: str


@contextlib.asynccontextmanager
async def broadcast_stage(
    hub: LaboratoryHub, *, size: int, seed: int, global_id: GlobalId
) -> AsyncIterator[BroadcastRound]:
    """A firm with a crowd of `size` on the hub, ready for its broadcast.

    The people write to the simulated WhatsApp before the app of the hub is subscribed there, which
    opens their service windows; what the hub knows of them is put into its store. A message that
    Meta delivered later would be from somebody whom the hub does not know, and make a second
    contact.
    """
    waba_id, phone_number_id = _meta_id(), _meta_id()
    port = free_port()
    config = _config(size, seed, waba_id, phone_number_id)
    async with running_simulator(config, port=port) as simulator:
        await _let_write(simulator, size, phone_number_id)
        app = f"laboratory-{secrets.token_hex(4)}"
        firm, lawyer_id = await asyncio.to_thread(
            _found_firm, hub, waba_id, phone_number_id, port, app, size, global_id
        )
        await simulator.add_app(_app(waba_id))
        shaken = await simulator.set_callback(
            f"{hub.base_url}/webhooks/whatsapp/{app}", DEFAULT_VERIFY_TOKEN
        )
        if not shaken.verified:
            raise RuntimeError(f"The handshake was not answered: {shaken.detail}")
        behind = Behind(
            connect=lambda: _looking(hub),
            settle=lambda message, is_there: _settle(
                hub, firm.tenant_id, lawyer_id, message, is_there=is_there
            ),
            supervisor_pid=hub.supervisor_pid,
            folder=hub.store.settings.home,
        )
        await asyncio.to_thread(_wait_until_shown, hub, firm.tenant_id, size)
        async with Screen(hub.base_url, firm.token) as screen:
            await _wait_until_known(screen)
            yield BroadcastRound(screen, simulator, firm, behind, seed)


def _meta_id() -> str:
    return str(secrets.randbelow(9 * 10**14) + 10**14)


def _config(size: int, seed: int, waba_id: str, phone_number_id: str) -> SimulatorConfig:
    people = tuple(
        PersonConfig(name=f"Klien {number}", phone=f"+62812{number:08d}", key=f"klien-{number}")
        for number in range(size)
    )
    config = adjusted(
        SimulatorConfig(statuses=QUICK_STATUSES),
        {"waba": waba_id, "phone_number_id": phone_number_id, "seed": seed},
    )
    limits = LimitsConfig(portfolio_users_per_day=2 * size + 1000)
    return msgspec.structs.replace(config, people=people, limits=limits, apps=(_app(),))


def _app(*subscribed_to: str) -> AppConfig:
    """The app of the hub, subscribed to these accounts."""
    return AppConfig(
        app_id=DEFAULT_APP_ID,
        app_secret=DEFAULT_APP_SECRET,
        verify_token=DEFAULT_VERIFY_TOKEN,
        wabas=subscribed_to,
    )


async def _let_write(simulator: SimulatorClient, size: int, phone_number_id: str) -> None:
    turns = asyncio.Semaphore(_WRITERS)

    async def write(number: int) -> None:
        async with turns:
            await simulator.say(f"klien-{number}", "Selamat pagi", phone_number_id=phone_number_id)

    await asyncio.gather(*(write(number) for number in range(size)))


def _found_firm(
    hub: LaboratoryHub,
    waba_id: str,
    phone_number_id: str,
    port: int,
    app: str,
    size: int,
    global_id: GlobalId,
) -> tuple[Firm, MemberId]:
    setup = FirmSetup(hub.store, operator="laboratory")
    tenant_id = setup.create_tenant(FIRM_NAME)
    sender_number_id = setup.add_sender_number(
        tenant_id,
        waba_id=waba_id,
        phone_number_id=phone_number_id,
        display_phone=DEFAULT_DISPLAY_PHONE_NUMBER,
        secrets=SenderSecrets(
            app_secret=DEFAULT_APP_SECRET,
            verify_token=DEFAULT_VERIFY_TOKEN,
            access_token=DEFAULT_ACCESS_TOKEN,
        ),
        app=app,
        graph_url=f"http://127.0.0.1:{port}",
    )
    owner_id = setup.add_member(
        tenant_id, name="Pemilik", email="owner@laboratory.example", role=Role.OWNER
    )
    token = setup.issue_token(tenant_id, owner_id, ttl_days=1).token
    members = crowd_members(tenant_id, sender_number_id, size)
    url = role_url(hub.store.settings, hub.database_url, DatabaseRole.FOLLOW)
    with (
        open_pool(url, name="laboratory-keys", max_size=2) as pool,
        connect(url, name="laboratory", autocommit=True) as connection,
    ):
        vault = PostgresVault(Keyring(pool, load_master_key(hub.store.settings)))
        store_crowd(
            connection,
            vault,
            tenant_id,
            sender_number_id,
            members,
            label=LABEL,
            wrote_at=datetime.now(UTC) - timedelta(seconds=1),
        )

    def conversation_of(member: CrowdMember) -> str:
        return global_id("Conversation", member.conversation_id)

    firm = Firm(
        tenant_id,
        FIRM_NAME,
        sender_number_id,
        global_id("SenderNumber", sender_number_id),
        token,
        members,
        conversation_of,
    )
    return firm, owner_id


def _looking(hub: LaboratoryHub) -> HubConnection:
    url = role_url(hub.store.settings, hub.database_url, DatabaseRole.FOLLOW)
    return connect(url, name="laboratory-looks", autocommit=True)


async def _wait_until_known(owner: Screen) -> None:
    """The read model of tokens is a follower of its own: it may come after those of the crowd."""
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while time.monotonic() < deadline:
        if await owner.is_known():
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"The hub does not know the owner's token after {SHOWN_WITHIN_S:g} s.")


def _wait_until_shown(hub: LaboratoryHub, tenant_id: TenantId, size: int) -> None:
    """Wait until the read models show the whole crowd and the other followers rest as well."""
    deadline = time.monotonic() + SHOWN_WITHIN_S
    row: tuple[object, ...] | None = None
    while time.monotonic() < deadline:
        with _looking(hub) as connection:
            row = connection.execute(
                """
                SELECT (SELECT count(*) FROM read_model.contact_card
                        WHERE tenant_id = %(firm)s AND labels <> '[]'),
                    (SELECT count(*) FROM read_model.inbox
                        WHERE tenant_id = %(firm)s AND last_inbound_at IS NOT NULL),
                    (SELECT count(*) FROM read_model.timeline WHERE tenant_id = %(firm)s) > 0
                    AND (SELECT count(*) FROM read_model.event_history
                        WHERE tenant_id = %(firm)s) >= 5 * %(size)s
                """,
                {"firm": tenant_id, "size": size},
            ).fetchone()
        if row == (size, size, True):
            return
        time.sleep(0.2)
    raise TimeoutError(
        f"The read models do not show the crowd of {size} after {SHOWN_WITHIN_S:g} s: contacts, "
        f"conversations and whether the others rest are {row}."
    )


def _settle(
    hub: LaboratoryHub, tenant_id: TenantId, owner_id: MemberId, message: UUID, *, is_there: bool
) -> None:
    """Decide about a message in doubt as the owner, who looked at the phone."""
    decision = DoubtDecision.WAS_SENT if is_there else DoubtDecision.SEND_AGAIN
    hub.store.hub.handle(
        SettleDoubt(outbound_message_id=OutboundMessageId(message), decision=decision),
        Provenance(
            tenant_id=tenant_id,
            actor=Actor(kind=ActorKind.MEMBER, id=str(owner_id)),
            correlation_id=message,
        ),
        _SETTLING,
    )
