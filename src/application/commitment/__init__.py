"""Use cases of the daily safety commitment."""
