"""Running the processes of a hub on one machine: start, label, restart, stop, leave none over."""
