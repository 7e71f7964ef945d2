"""What the HTTP surfaces promise."""
