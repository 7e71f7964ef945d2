"""Looking into files that strangers sent: what they are and what they hide. Runs in the sandbox."""
