"""Protocols (ports) for what the application needs from outside: storage, reading, and other systems."""
