"""Fixtures of the ingest follower's tests."""

from tests.event_store import connect_follow, follow, follow_pool, follow_vault, store
from tests.ingest.gateway import firm, gateway

__all__ = ["connect_follow", "firm", "follow", "follow_pool", "follow_vault", "gateway", "store"]
