"""The local adapter: rules and a small trained model, no network, equal input gives equal output."""
