"""The one reason to put work back without counting an attempt."""


class WorkNotReady(Exception):
    """What the work needs to read is not visible yet."""
