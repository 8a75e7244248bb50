"""Figures for Prometheus: what this process does, and in which condition the system is."""
