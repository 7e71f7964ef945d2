"""Connecting a number: what Meta says about it, what is missing there, and how to mend it."""
