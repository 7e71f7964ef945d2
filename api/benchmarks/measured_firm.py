"""The firm of a measurement: one number, some lawyers, and no intake that would ask back."""

from typing import Final, NamedTuple

from api.benchmarks.notifications import APP_SECRET, DISPLAY_PHONE, PHONE_NUMBER_ID, WABA_ID
from domain.identity import TenantId
from domain.scopes import Role
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.postgres.migrate import migrate
from infrastructure.settings import Settings
from infrastructure.wiring import open_store
from projections import PROJECTIONS
from projections.builds import create_read_models

_TOKEN_DAYS: Final = 1


class MeasuredFirm(NamedTuple):
    """The firm, and an access token of each of its lawyers."""

    tenant_id: TenantId
    tokens: tuple[str, ...]


def prepare_database(settings: Settings, database_url: str) -> None:
    """Make all tables, as `hub migrate` does."""
    migrate(database_url, settings)
    url = role_url(settings, database_url, DatabaseRole.FOLLOW)
    with connect(url, name="bench-migrate", autocommit=True) as connection:
        create_read_models(connection, PROJECTIONS)


def add_measured_firm(settings: Settings, database_url: str, *, lawyers: int = 1) -> MeasuredFirm:
    """Set the firm up in a database that was prepared."""
    with open_store(settings, database_url, DatabaseRole.SERVE, connections_max=2) as store:
        setup = FirmSetup(store, operator="bench")
        tenant_id = setup.create_tenant("Kantor Hukum Pengukuran")
        setup.add_sender_number(
            tenant_id,
            waba_id=WABA_ID,
            phone_number_id=PHONE_NUMBER_ID,
            display_phone=DISPLAY_PHONE,
            secrets=SenderSecrets(APP_SECRET, verify_token="bench", access_token="none"),  # noqa: S106
        )
        tokens = []
        for number in range(lawyers):
            member_id = setup.add_member(
                tenant_id,
                name=f"Pengacara {number}",
                email=f"lawyer-{number}@firm.example",
                role=Role.LAWYER,
            )
            tokens.append(setup.issue_token(tenant_id, member_id, ttl_days=_TOKEN_DAYS).token)
    return MeasuredFirm(tenant_id, tuple(tokens))
