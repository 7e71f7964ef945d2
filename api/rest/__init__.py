"""The REST surface for a firm's other systems: they ask, a member of the firm decides."""
