"""Making the assistant that the settings name."""

from domain.ports.assistant import Assistant
from infrastructure.assistant.local.adapter import LocalAssistant
from infrastructure.assistant.openai_adapter import TIMEOUT_SECONDS, OpenAiAssistant


def build_assistant(
    *,
    adapter: str = "local",
    base_url: str = "",
    api_key: str = "",
    model: str = "",
    timeout_s: float = TIMEOUT_SECONDS,
) -> Assistant:
    """The assistant of this name: `local` (needs nothing else) or `openai`.

    Raises ValueError with what to set where a value is missing or wrong.
    """
    if adapter == "local":
        return LocalAssistant()
    if adapter == "openai":
        if not base_url:
            raise ValueError("HUB_ASSISTANT_BASE_URL is empty; set it to the address up to /v1.")
        if not model:
            raise ValueError("HUB_ASSISTANT_MODEL is empty; set it to the model to ask for.")
        return OpenAiAssistant(base_url=base_url, api_key=api_key, model=model, timeout_s=timeout_s)
    raise ValueError(f"HUB_ASSISTANT_ADAPTER is {adapter!r}; use local or openai.")
