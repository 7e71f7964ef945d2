"""What stands in the way of a measurement."""


class MeasurementFailedError(RuntimeError):
    """Something could not be measured, or did not do its work; the message says what to do next."""
