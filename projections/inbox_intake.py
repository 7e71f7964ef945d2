"""How the inbox shows the steps of an intake."""

from domain.intake import (
    IntakeCompleted,
    IntakeConsentGiven,
    IntakeConsentRefused,
    IntakeFollowUpReceived,
    IntakeHandedOver,
    IntakeStarted,
)

INTAKE_RUNNING = frozenset({"consent_asked", "running"})
"""States of the intake in which the automatic questions, and not a member, answer the contact."""

INTAKE_STATES: dict[type, tuple[str, bool]] = {
    IntakeStarted: ("consent_asked", False),
    IntakeConsentGiven: ("running", False),
    IntakeConsentRefused: ("refused", True),
    IntakeCompleted: ("completed", True),
    IntakeFollowUpReceived: ("completed", True),
    IntakeHandedOver: ("handed_over", True),
}
"""Event of the intake -> (state that the inbox shows, whether a person is to write next)."""
