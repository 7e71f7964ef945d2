"""Followers that change the firm's state: the inbox into events, and events into reactions."""
