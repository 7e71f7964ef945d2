"""Whatever commands, crashes, statuses and clocks do, in any order: no send that is forbidden.

`HUB_TEST_SEQUENCES` sets how many stories are told (200000 for the long run, about ten minutes) and
`HUB_TEST_SEED` where they begin.
"""

import os
import random
import sys
from collections import Counter

import pytest

from domain.delivery_state import DeliveryState
from domain.draft import Draft
from domain.outbound_message import OutboundMessage
from tests.domain.sending_world import World

SEQUENCES = int(os.environ.get("HUB_TEST_SEQUENCES", "1500"))
SEED = int(os.environ.get("HUB_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**48)
STEPS = 30


@pytest.mark.timeout(max(60, SEQUENCES // 10))
def test_no_story_leads_to_a_forbidden_send() -> None:
    states: Counter[DeliveryState] = Counter()
    calls = repeated = drafts = 0
    for number in range(SEQUENCES):
        world = World(random.Random(f"{SEED}/{number}"))  # noqa: S311 - a story, no secret
        for step in range(STEPS):
            try:
                world.step()
            except AssertionError as forbidden:
                raise AssertionError(
                    f"{forbidden} (story {number} of seed {SEED}, step {step})"
                ) from forbidden
        calls += len(world.witness.calls)
        repeated += len(world.witness.calls) - len({c.message for c in world.witness.calls})
        messages = [m for m in world.aggregates.values() if isinstance(m, OutboundMessage)]
        drafts += sum(isinstance(each, Draft) for each in world.aggregates.values())
        states.update(message.state for message in messages)
    told = {state.value: count for state, count in states.items()}
    sys.stdout.write(f"seed {SEED}: {SEQUENCES} stories, {calls} calls, {repeated} again, {told}\n")
    # The stories lead everywhere, or they would prove nothing.
    assert calls > SEQUENCES / 5
    assert repeated
    assert drafts > SEQUENCES
    assert {*DeliveryState} - {*states} <= {DeliveryState.ATTEMPTING, DeliveryState.ACCEPTED}


def test_the_witness_notices_what_is_forbidden() -> None:
    world = World(random.Random(1))  # noqa: S311 - a story, no secret
    with pytest.raises(AssertionError, match="nobody approved"):
        world.witness.judge(world.records[0].stream_id, "", world.now)
