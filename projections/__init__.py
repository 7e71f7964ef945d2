"""What people look at: one file per read model."""
