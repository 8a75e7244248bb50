"""The GraphQL adapter: the only asynchronous room; it translates and never decides."""
