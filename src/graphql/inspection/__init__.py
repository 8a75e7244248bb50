"""Patrols, spot checks and the weekly push in the API."""
