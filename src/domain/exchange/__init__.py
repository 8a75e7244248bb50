"""The outbox: what must still be exchanged with other systems."""
