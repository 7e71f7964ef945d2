"""Who does the work: one file per side effect."""
