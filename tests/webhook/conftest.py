"""The gateway is tested on the same stack as the rest of the HTTP surfaces."""

from tests.api.conftest import firm, other_firm, stack

__all__ = ["firm", "other_firm", "stack"]
