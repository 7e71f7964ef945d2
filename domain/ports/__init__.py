"""What the domain asks of the world, as protocols that adapters fulfil."""
