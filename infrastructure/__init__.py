"""How it touches the world: stores, keys, providers, settings, embedded servers."""
