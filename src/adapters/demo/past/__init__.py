"""Writes the weeks before the demo: what enterprises and departments did on each day, in our books and the ministry's."""
