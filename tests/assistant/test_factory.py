"""The settings name the assistant; what is missing is said in words."""

import pytest

from infrastructure.assistant import build_assistant
from infrastructure.assistant.local.adapter import LocalAssistant
from infrastructure.assistant.openai_adapter import OpenAiAssistant


def test_the_local_adapter_is_the_default() -> None:
    assert isinstance(build_assistant(), LocalAssistant)


def test_an_endpoint_is_asked_where_the_settings_say_so() -> None:
    assistant = build_assistant(adapter="openai", base_url="http://127.0.0.1:9/v1", model="wise-1")
    assert isinstance(assistant, OpenAiAssistant)
    assert assistant.model_name == "wise-1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adapter": "oracle"}, "use local or openai"),
        ({"adapter": "openai", "model": "m"}, "HUB_ASSISTANT_BASE_URL is empty"),
        ({"adapter": "openai", "base_url": "http://host"}, "HUB_ASSISTANT_MODEL is empty"),
    ],
)
def test_a_missing_setting_is_named(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_assistant(**options)  # type: ignore[arg-type]
