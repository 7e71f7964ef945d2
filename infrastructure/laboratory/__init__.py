"""The laboratory: load with a journal of its own, and faults, to see what survives."""
