"""A subscription that lives long must not grow: each item is executed without leaving anything."""

import gc
import sys
from datetime import UTC, datetime

from graphql import parse
from graphql.execution import Executor

from api.graphql.activity import ConversationActivity
from api.graphql.context import RequestContext
from api.graphql.cursors import position_cursor
from api.graphql.enums import ActivityKind
from api.graphql.ids import global_id
from api.graphql.limits import DocumentLimits
from api.graphql.operation import OperationCache, OperationRequest
from api.graphql.schema import executable_schema
from api.graphql.subscription import Subscription
from domain.scopes import Scope
from tests.api.test_live_feed import PRINCIPAL

DOCUMENT = """subscription { activity {
  __typename ... on Activity { id cursor kind topic actor { kind } }
} }"""
ITEMS = 5_000
ALLOCATIONS_PER_ITEM_MAX = 0.5


def item(seq: int) -> ConversationActivity:
    """Something that happened; a new object each time, as the feed makes them."""
    return ConversationActivity(
        id=global_id("Activity", seq),
        cursor=position_cursor(PRINCIPAL.tenant_id, seq),
        kind=ActivityKind.CONVERSATION,
        topic="conversation.started.v1",
        occurred_at=datetime.now(UTC),
        actor=None,
        seq=seq,
        scope=Scope.CONVERSATIONS_READ,
        traceparent=None,
        conversation_id=None,
        rendered={},
    )


def subscription() -> Subscription:
    cache = OperationCache(executable_schema(), DocumentLimits(), introspection=True)
    request = OperationRequest(query=DOCUMENT, variables={})
    context = RequestContext(None, PRINCIPAL)  # type: ignore[arg-type]
    return Subscription(cache, cache.prepare(request), request, context, PRINCIPAL.scopes)


async def test_thousands_of_items_leave_nothing_behind() -> None:
    followed = subscription()
    for seq in range(500):
        await followed.text(item(seq))
    gc.collect()
    before = sys.getallocatedblocks()
    for seq in range(ITEMS):
        await followed.text(item(seq))
    gc.collect()
    grown = sys.getallocatedblocks() - before
    assert grown / ITEMS < ALLOCATIONS_PER_ITEM_MAX, f"{grown} blocks for {ITEMS} items"


def test_the_library_still_keeps_a_memo_that_long_subscriptions_would_grow() -> None:
    """The reason why items are executed one by one. When this fails, look whether it still is."""
    schema = executable_schema()
    executor = Executor.build(schema, parse(DOCUMENT))
    assert isinstance(executor, Executor)
    one, other = (
        executor.build_per_event_executor(item(1)),
        executor.build_per_event_executor(item(2)),
    )
    assert one._relevant_sub_fields is other._relevant_sub_fields


async def test_an_item_is_encoded_once_for_all_who_may_see_the_same() -> None:
    one, other = subscription(), subscription()
    shared = item(1)
    text = await one.text(shared)
    assert await one.text(shared) is text
    assert await other.text(shared) == text
    assert len(shared.rendered) == 2, "two caches are two documents"


async def test_where_a_stream_begins_makes_no_group_of_its_own() -> None:
    query = "subscription A($after: Cursor) { activity(after: $after) { __typename } }"
    cache = OperationCache(executable_schema(), DocumentLimits(), introspection=True)
    context = RequestContext(None, PRINCIPAL)  # type: ignore[arg-type]
    shared = item(1)
    for after in (None, 1, 2):
        cursor = None if after is None else position_cursor(PRINCIPAL.tenant_id, after)
        request = OperationRequest(query=query, variables={"after": cursor})
        prepared = cache.prepare(request)
        await Subscription(cache, prepared, request, context, PRINCIPAL.scopes).text(shared)
    assert len(shared.rendered) == 1


async def test_a_variable_that_changes_what_is_shown_makes_a_group() -> None:
    query = """subscription A($all: Boolean!) { activity {
        __typename ... on Activity { id @include(if: $all) } } }"""
    cache = OperationCache(executable_schema(), DocumentLimits(), introspection=True)
    context = RequestContext(None, PRINCIPAL)  # type: ignore[arg-type]
    shared = item(1)
    texts = []
    for everything in (True, False):
        request = OperationRequest(query=query, variables={"all": everything})
        prepared = cache.prepare(request)
        followed = Subscription(cache, prepared, request, context, PRINCIPAL.scopes)
        texts.append(await followed.text(shared))
    assert texts[0] != texts[1]
