"""The event store and everything else that touches PostgreSQL: schema `hub`, roles, migrations."""
