"""Use cases of patrols, spot checks and the weekly push."""
