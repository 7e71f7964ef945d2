"""The tests read as sentences about behaviour."""
