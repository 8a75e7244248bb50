"""The workflow on paper, printed from the tables that the system itself goes by."""
