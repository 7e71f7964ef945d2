"""Measurements of this product against baselines taken in the same run."""
