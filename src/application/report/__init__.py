"""Use cases of written reports: counting, writing, listing and downloading."""
