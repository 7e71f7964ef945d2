"""Sending: a lane per sender number, many lanes per process, and what each of them obeys."""
