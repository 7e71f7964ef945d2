"""A firm of which there is only one on the stage."""

import pytest

from tests.journeys.meta import OWN_NUMBER
from tests.journeys.stage import Firm, Stage


@pytest.fixture(scope="session")
def own_app_firm(stage: Stage) -> Firm:
    """The firm whose number belongs to an app of its own."""
    return stage.found_firm("Kantor Hukum Cempaka", number=OWN_NUMBER)
