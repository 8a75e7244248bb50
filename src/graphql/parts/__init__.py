"""What the schema of every wing uses: ids, pages, scalars, refusals."""
