"""The gateway: what Meta's servers talk to."""
