"""Problems (问题) and their rectification."""
