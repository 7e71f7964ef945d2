"""When something happened, as far as Meta's time can be believed."""

from datetime import datetime


def believable_time(provider_time: datetime | None, received_at: datetime) -> datetime:
    """Return Meta's time, or the time of receipt where Meta's is missing or lies in the future.

    A service window counts from this time, so a wrong clock never opens one into the future. Old
    times are believed: Meta delivers for up to seven days.
    """
    return received_at if provider_time is None else min(provider_time, received_at)
