"""Files of conversations: fetched, checked, encrypted, kept, shown, deleted."""
