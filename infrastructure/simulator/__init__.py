"""A stand-in for Meta's Graph API and for people with WhatsApp: ``docs/simulator.md``."""

from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.client_connection import SimulatorRefused, SimulatorTimeout
from infrastructure.simulator.configuration import (
    QUICK_STATUSES,
    AppConfig,
    ClockConfig,
    ConfigurationInvalid,
    LimitsConfig,
    PersonConfig,
    PhoneNumberConfig,
    SimulatorConfig,
    StatusTiming,
    TemplateConfig,
    TokenConfig,
    WabaConfig,
    WebhookConfig,
    load_configuration,
)
from infrastructure.simulator.server import (
    SimulatorNotStarted,
    running_simulator,
    simulator_server,
)
from infrastructure.simulator.simulator import Simulator

__all__ = [
    "QUICK_STATUSES",
    "AppConfig",
    "ClockConfig",
    "ConfigurationInvalid",
    "LimitsConfig",
    "PersonConfig",
    "PhoneNumberConfig",
    "Simulator",
    "SimulatorClient",
    "SimulatorConfig",
    "SimulatorNotStarted",
    "SimulatorRefused",
    "SimulatorTimeout",
    "StatusTiming",
    "TemplateConfig",
    "TokenConfig",
    "WabaConfig",
    "WebhookConfig",
    "load_configuration",
    "running_simulator",
    "simulator_server",
]
