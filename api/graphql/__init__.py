"""The GraphQL surface: one module per concept, the schema put together in `schema`."""
