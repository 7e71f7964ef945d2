"""What the firm does: aggregates, events, commands, policies and ports. Pure.

Importing the package registers every stored event name.
"""

from domain import contents, policies

__all__ = ["contents", "policies"]
