"""What the schema of every wing shares: ids, pages, scalars, refusals."""
