"""Hostile files made in code, and the count of those that would reach a user (it must be none)."""
