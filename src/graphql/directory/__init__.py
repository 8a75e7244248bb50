"""The directory (档案) in the API."""
