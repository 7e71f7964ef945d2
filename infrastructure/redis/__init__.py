"""Redis: rings and doorbells, never the only place of anything."""
