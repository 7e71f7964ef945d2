"""The assistant: masking, the local model, and the adapter for OpenAI-compatible endpoints."""

from infrastructure.assistant.factory import build_assistant

__all__ = ["build_assistant"]
