"""Following: units that handle what is appended, in order, exactly once, in several processes."""
