"""The assistant: masking, the local model, and the adapter for OpenAI-compatible endpoints."""
