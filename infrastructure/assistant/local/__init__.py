"""The local adapter: rules and a small trained model. No network; equal input, equal output."""
