"""Secrets at hand: looked at again after a moment, and never waited for long."""

import asyncio

import pytest

from api.webhook.app_secrets import AppCredentials, AppSecrets
from domain.errors import StoreUnavailable
from infrastructure.whatsapp.signature import AppSecret

OLD = AppCredentials(secrets=(AppSecret("old", "an old secret"),))
NEW = AppCredentials(secrets=(AppSecret("new", "a new secret"),))


class Loading:
    """Answers once at once, then when it is told to."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.times = 0

    async def __call__(self, app: str) -> AppCredentials:
        self.times += 1
        if self.times == 1:
            return OLD
        await self.answers.wait()
        return NEW


async def test_a_store_that_does_not_answer_soon_is_not_waited_for() -> None:
    loading = Loading()
    secrets = AppSecrets(loading, refresh_s=0, refresh_patience_s=0.01)
    assert await secrets.of("default") is OLD
    assert await secrets.of("default") is OLD
    assert loading.times == 2


async def test_what_comes_late_is_used_from_then_on() -> None:
    loading = Loading()
    secrets = AppSecrets(loading, refresh_s=0, refresh_patience_s=0.01)
    await secrets.of("default")
    await secrets.of("default")
    loading.answers.set()
    assert await secrets.of("default") is NEW


async def test_what_was_never_known_is_waited_for() -> None:
    async def refuse(app: str) -> AppCredentials:
        raise StoreUnavailable(f"nothing is known of {app}")

    with pytest.raises(StoreUnavailable):
        await AppSecrets(refuse).of("default")
