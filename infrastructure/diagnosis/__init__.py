"""What a hub needs, checked one by one: what was found, and how to mend it."""
