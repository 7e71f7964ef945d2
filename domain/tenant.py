"""The firm (`tenant` in code): its name, time zone and whether it may work."""

from typing import ClassVar

from domain.event import Event
from domain.identity import TenantId


class TenantCreated(Event, frozen=True, kw_only=True):
    """A firm was set up. The name of a firm is not personal content."""

    TOPIC: ClassVar[str] = "tenant.created.v1"

    tenant_id: TenantId
    name: str
    time_zone: str = "Asia/Jakarta"
    language: str = "id"


class TenantSuspended(Event, frozen=True, kw_only=True):
    """The firm was suspended: nothing is sent until it is resumed; inbound messages are still recorded."""

    TOPIC: ClassVar[str] = "tenant.suspended.v1"

    tenant_id: TenantId
    reason: str


class TenantResumed(Event, frozen=True, kw_only=True):
    """The suspension ended."""

    TOPIC: ClassVar[str] = "tenant.resumed.v1"

    tenant_id: TenantId
