"""Use cases of problems and their rectification."""
