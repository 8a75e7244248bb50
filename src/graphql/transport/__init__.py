"""HTTP, sockets and streams that carry GraphQL."""
