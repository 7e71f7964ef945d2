"""WhatsApp's Cloud API: signed notifications in, approved messages out."""
