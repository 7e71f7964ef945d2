"""Who asks: webhook, GraphQL, operations endpoints and the command line."""
