"""The rules of fireworks safety supervision: pure Python, no I/O, no clock, no framework."""
