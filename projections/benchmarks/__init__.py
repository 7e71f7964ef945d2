"""Measurements of read models, each as a ratio against a baseline of the same run."""
