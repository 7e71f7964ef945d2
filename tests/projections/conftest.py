"""Fixtures of the read models' tests."""

from tests.event_store import connect_follow, follow, follow_pool, follow_vault, store
from tests.ingest.gateway import gateway

__all__ = ["connect_follow", "follow", "follow_pool", "follow_vault", "gateway", "store"]
