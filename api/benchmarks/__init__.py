"""Measurements of whole processes and of the HTTP surfaces, and the table of all measurements."""
