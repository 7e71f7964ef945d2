"""What the gateway promises to Meta."""
