"""The live stream of what happens in firms, from the feed table to open sockets."""
