"""Calls to web addresses that somebody outside chose: never into the network of the hub itself."""
