"""What the firm does: aggregates, events, commands, policies and ports. Pure."""
