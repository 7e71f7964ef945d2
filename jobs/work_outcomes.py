"""How a piece of work says that it was not done."""


class WorkRefused(Exception):
    """The work cannot be done, now or later; it is given up with this stable reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkUnavailable(Exception):
    """What the work needs is away; it is tried again.

    With `counts` False the attempt is not counted, so that it waits however long it takes, at least
    `after_s`.
    """

    def __init__(self, reason: str, *, counts: bool = True, after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.counts = counts
        self.after_s = after_s
