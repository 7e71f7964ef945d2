"""Calls that tell other systems of a firm what happens: how they are signed, and what they hold."""
