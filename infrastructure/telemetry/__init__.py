"""Traces, metrics and logs. None of them ever holds personal content."""
