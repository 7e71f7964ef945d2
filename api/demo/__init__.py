"""The demo: a seeded firm, a simulated WhatsApp, one consultation from hello to a read reply."""
