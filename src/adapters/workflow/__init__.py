"""Prints docs/workflow.md from the tables that the code itself uses."""
